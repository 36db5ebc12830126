/* SPDX-License-Identifier: ISC */
/*
 * status: asks a server what it does, by a FastCGI management record
 * (GET_VALUES, section 4.1) on the socket where it listens.
 */
#include "base/priv.h"

#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "stile/arena.h"
#include "stile/str.h"
#include "gate/cmd.h"
#include "gate/fcgi_head.h"
#include "base/banned.h"

#define PATIENCE	10	/* seconds; all threads may be busy */

static int
connect_unix(struct stile_str path)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	int			fd;

	if (path.len >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(sun.sun_path, path.p, path.len);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sun,
	    sizeof(sun)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Listening on any address means on this machine's own, too. */
static int
connect_tcp(const char *host, const char *port)
{
	struct addrinfo	hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICSERV }, *ai;
	int		fd;

	if (getaddrinfo(host, port, &hints, &ai) != 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, ai->ai_addr, ai->ai_addrlen) != 0) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(ai);
	return fd;
}

static int
connect_to(struct stile_arena *a, struct stile_str address)
{
	struct stile_str	s = address;
	const char		*colon, *host;

	if (s.len > 5 && memcmp(s.p, "unix:", 5) == 0)
		return connect_unix((struct stile_str){ s.p + 5, s.len - 5 });
	errno = EINVAL;
	if (s.len <= 4 || memcmp(s.p, "tcp:", 4) != 0 ||
	    (colon = memrchr(s.p, ':', s.len)) == s.p + 3)
		return -1;
	s = (struct stile_str){ s.p + 4, (size_t)(colon - s.p - 4) };
	if (s.len >= 2 && s.p[0] == '[')
		s = (struct stile_str){ s.p + 1, s.len - 2 };
	host = stile_arena_dup(a, s);
	return connect_tcp(host, stile_arena_dup(a, (struct stile_str){
	    colon + 1, address.len - (size_t)(colon + 1 - address.p) }));
}

static bool
ask(int fd)
{
	static const char	name[] = FCGI_STATUS;
	unsigned char		record[FCGI_HEADER_LEN + 2 + sizeof(name) - 1];
	size_t			n = sizeof(name) - 1;

	fcgi_header(record, FCGI_GET_VALUES, 0, 2 + n);
	record[FCGI_HEADER_LEN] = (unsigned char)n;
	record[FCGI_HEADER_LEN + 1] = 0;
	memcpy(record + FCGI_HEADER_LEN + 2, name, n);
	return send(fd, record, sizeof(record), MSG_NOSIGNAL) ==
	    (ssize_t)sizeof(record);
}

/* The whole record, or as much as there is. */
static size_t
receive(int fd, unsigned char *p, size_t size, struct fcgi_head *h)
{
	enum fcgi_state	state;
	size_t		n = 0;
	ssize_t		k;

	do {
		if ((k = recv(fd, p + n, size - n, 0)) <= 0)
			return 0;
		n += (size_t)k;
		state = fcgi_head_parse(p, n, h);
	} while (state == FCGI_PART && n < size);
	return state == FCGI_MANAGEMENT ? n : 0;
}

static int
print_answer(struct cmd_line *l, int fd)
{
	static unsigned char	p[FCGI_HEADER_LEN + FCGI_MAX_LENGTH + 255];
	struct stile_str	name, value;
	struct fcgi_head	h;
	bool			bad = false;

	if (!ask(fd) || receive(fd, p, sizeof(p), &h) == 0)
		return cmd_fail(l, EXIT_IO, "no answer within %d seconds",
		    PATIENCE);
	if (h.type != FCGI_GET_VALUES_RESULT ||
	    !fcgi_pair(&h.content, &name, &value, &bad) ||
	    !stile_str_eq(name, STR(FCGI_STATUS)))
		return cmd_fail(l, EXIT_IO,
		    "what listens there says nothing of itself");
	printf("%.*s", STILE_STR_ARG(value));
	return 0;
}

static int
run(struct cmd_line *l)
{
	struct timeval		patience = { PATIENCE, 0 };
	struct stile_str	rest, address = { NULL, 0 };
	int			fd, rc;

	rest = stile_str(conf_text(l->site->conf, "listen"));
	while (address.len == 0 && stile_str_cut(&rest, ' ', &address))
		;
	if (address.len == 0)
		return cmd_fail(l, EXIT_USAGE, "status: --listen unix:PATH or "
		    "--listen tcp:HOST:PORT is needed, as serve has it");
	if ((fd = connect_to(l->site->arena, address)) < 0)
		return cmd_fail(l, EXIT_IO, "%.*s: %s",
		    STILE_STR_ARG(address), strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	rc = print_answer(l, fd);
	close(fd);
	return rc;
}

const struct cmd cmd_status = {
	.name = "status", .args = "", .run = run,
	.help = "what the server at --listen does: workers, requests, memory",
};
