/* SPDX-License-Identifier: ISC */
#include "base/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "stile/num.h"
#include "stile/str.h"
#include "gate/handover.h"
#include "base/banned.h"

#define VARIABLE	"STILE_HANDOVER"
#define VARIABLE_LISTEN	"STILE_HANDOVER_TEXT"
#define TRIES		3	/* of a second each */

int
handover_pair(int *give, int *take)
{
	static const struct timeval	second = { 1, 0 };
	int				v[2];

	/* Records, so that of several takers each gets a whole one. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, v) != 0)
		return -1;
	setsockopt(v[0], SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
	*give = v[0];
	*take = v[1];
	return 0;
}

int
handover_give(int give_fd, int fd, const struct fcgi_rest *rest)
{
	char				one = 'c';
	struct iovec			v[2] = {
		{ &one, 1 }, { rest->p, rest->n }
	};
	union {
		struct cmsghdr	head;
		char		space[CMSG_SPACE(sizeof(int))];
	}				u = { .space = { 0 } };
	struct msghdr			m = {
		.msg_iov = v, .msg_iovlen = 2, .msg_control = u.space,
		.msg_controllen = sizeof(u.space),
	};
	struct cmsghdr			*c = CMSG_FIRSTHDR(&m);
	int				 i;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	for (i = 0; i < TRIES; i++) {
		if (sendmsg(give_fd, &m, MSG_NOSIGNAL) >= 0)
			return 0;
		if (errno != EINTR && errno != EAGAIN)
			break;
	}
	return -1;
}

/* How many bytes come with the next one, without taking it; -1: none. */
static ssize_t
next_size(int take_fd)
{
	char	one;

	return recv(take_fd, &one, 1, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
}

static int
receive(int take_fd, char *p, size_t size, size_t *n)
{
	struct iovec	v = { p, size };
	union {
		struct cmsghdr	head;
		char		space[CMSG_SPACE(sizeof(int))];
	}		u;
	struct msghdr	m = {
		.msg_iov = &v, .msg_iovlen = 1, .msg_control = u.space,
		.msg_controllen = sizeof(u.space),
	};
	struct cmsghdr	*c;
	ssize_t		k;
	int		fd;

	k = recvmsg(take_fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (k <= 0 || (c = CMSG_FIRSTHDR(&m)) == NULL ||
	    c->cmsg_type != SCM_RIGHTS)
		return -1;
	*n = (size_t)k;
	memcpy(&fd, CMSG_DATA(c), sizeof(int));
	if ((m.msg_flags & MSG_TRUNC) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int
handover_take(int take_fd, struct fcgi_rest *rest)
{
	ssize_t	size = next_size(take_fd);
	size_t	n = 0;
	char	*p;
	int	fd;

	*rest = (struct fcgi_rest){ NULL, 0 };
	if (size <= 0 || (p = stile__malloc((size_t)size)) == NULL)
		return -1;
	/* Another may have taken that one, and this one be larger. */
	if ((fd = receive(take_fd, p, (size_t)size, &n)) < 0 || n == 1) {
		free(p);
		return fd;
	}
	memmove(p, p + 1, n - 1);
	*rest = (struct fcgi_rest){ (unsigned char *)p, n - 1 };
	return fd;
}

/* ---- across an exec: "listen 3 listen 4 give 5 take 6 old 1234 trial 1" ---- */

static void
keep_open(int fd, bool keep)
{
	fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
}

void
handover_keep(const struct handover *h, bool keep)
{
	size_t	i;

	if (!keep) {
		unsetenv(VARIABLE);
		unsetenv(VARIABLE_LISTEN);
	}
	for (i = 0; i < h->listeners.n; i++)
		keep_open(h->listeners.fd[i], keep);
	keep_open(h->give, keep);
	keep_open(h->take, keep);
}

int
handover_put(const struct handover *h)
{
	char	text[32 * (LISTEN_MAX + HANDOVER_MAX + 3)];
	size_t	i, n = 0;

#define PUT(name, value)	(n += (size_t)snprintf(text + n,	\
	sizeof(text) - n, "%s %d ", name, (int)(value)))
	for (i = 0; i < h->listeners.n; i++)
		PUT("listen", h->listeners.fd[i]);
	PUT("give", h->give);
	PUT("take", h->take);
	for (i = 0; i < h->nold; i++)
		PUT("old", h->old[i]);
	PUT("trial", h->trial);
#undef PUT
	/* What systemd said of them is no longer the whole truth. */
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	if (h->listen != NULL && setenv(VARIABLE_LISTEN, h->listen, 1) != 0)
		return -1;
	return setenv(VARIABLE, text, 1);
}

static void
take_word(struct handover *h, struct stile_str name, int v)
{
	if (stile_str_eq(name, STR("listen")) && h->listeners.n < LISTEN_MAX)
		h->listeners.fd[h->listeners.n++] = v;
	else if (stile_str_eq(name, STR("give")))
		h->give = v;
	else if (stile_str_eq(name, STR("take")))
		h->take = v;
	/* To kill(2), 0 is a whole group. */
	else if (stile_str_eq(name, STR("old")) && v > 0 &&
	    h->nold < HANDOVER_MAX)
		h->old[h->nold++] = v;
	else if (stile_str_eq(name, STR("trial")))
		h->trial = v != 0;
}

bool
handover_is(void)
{
	return getenv(VARIABLE) != NULL;
}

bool
handover_get(struct handover *h)
{
	const char		*text = getenv(VARIABLE);
	struct stile_str	 rest, name, value;
	int64_t			 v;

	/* Both stay where they are when they are no variables any more. */
	*h = (struct handover){ .give = -1, .take = -1,
	    .listen = getenv(VARIABLE_LISTEN) };
	if (text == NULL)
		return false;
	rest = stile_str(text);
	while (stile_str_cut(&rest, ' ', &name) && name.len > 0 &&
	    stile_str_cut(&rest, ' ', &value) &&
	    stile_num_int(value, 0, INT_MAX, &v) == STILE_OK)
		take_word(h, name, (int)v);
	handover_keep(h, false);
	return h->listeners.n > 0 && h->give >= 0 && h->take >= 0;
}
