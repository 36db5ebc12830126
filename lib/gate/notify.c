/* SPDX-License-Identifier: ISC */
#include "base/priv.h"

#include <inttypes.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "stile/num.h"
#include "stile/str.h"
#include "base/clock.h"
#include "gate/notify.h"
#include "base/banned.h"

void
notify(const char *text)
{
	const char		*path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	size_t			 n;
	int			 fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    (n = strlen(path)) < 2 || n >= sizeof(sun.sun_path))
		return;
	memcpy(sun.sun_path, path, n);
	if (sun.sun_path[0] == '@')
		sun.sun_path[0] = '\0';
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) < 0)
		return;
	/* Without systemd at the other end there is nothing to do about it. */
	(void)!sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
	    (struct sockaddr *)&sun,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

void
notify_reloading(void)
{
	char	text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    stile__mono_us());
	notify(text);
}

/* Half of the time after which it would think that we are dead. */
int64_t
notify_interval_us(void)
{
	const char	*usec = getenv("WATCHDOG_USEC");
	const char	*pid = getenv("WATCHDOG_PID");
	int64_t		 v, of;

	if (usec == NULL || stile_num_int(stile_str(usec), 2, INT64_MAX,
	    &v) != STILE_OK)
		return 0;
	if (pid != NULL && (stile_num_int(stile_str(pid), 1, INT_MAX,
	    &of) != STILE_OK || of != getpid()))
		return 0;
	return v / 2;
}
