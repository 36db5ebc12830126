/* SPDX-License-Identifier: ISC */
/*
 * Listening sockets.  Whoever can connect is believed (REMOTE_USER comes from
 * there), so a Unix socket is not for everyone, and TCP has a list of peers.
 */
#include "base/priv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "stile/num.h"
#include "stile/str.h"
#include "http/proxy.h"
#include "gate/gate.h"
#include "base/banned.h"

#define BACKLOG		65535	/* the system makes it less */
#define RECEIVE		(512 * 1024)	/* bytes, if the system allows it */
#define SD_FIRST	3	/* systemd's first socket */
#define ADDRESS_MAX	512

static enum stile_err
parse_mode(const struct conf *c, mode_t *ret, struct stile_error *e)
{
	const char	*s = conf_text(c, "socket_mode");
	unsigned long	 v = strtoul(s, NULL, 8);

	if (*s == '\0' || s[strspn(s, "01234567")] != '\0' || v > 0777)
		return stile_error_set(e, STILE_EINVAL, 0, "socket_mode: octal "
		    "permissions such as 0660 are expected, not '%s'", s);
	if ((v & 0007) != 0 && !conf_int(c, "socket_public"))
		return stile_error_set(e, STILE_EINVAL, 0, "socket_mode: %s "
		    "lets everyone on this machine send requests in any "
		    "user's name; leave the last digit 0, or set "
		    "socket_public", s);
	*ret = (mode_t)v;
	return STILE_OK;
}

static enum stile_err
set_owner(const struct conf *c, const char *path, struct stile_error *e)
{
	const char	*user = conf_text(c, "socket_owner");
	const char	*group = conf_text(c, "socket_group");
	struct passwd	*pw = NULL;
	struct group	*gr = NULL;

	if (*user == '\0' && *group == '\0')
		return STILE_OK;
	if (*user != '\0' && (pw = getpwnam(user)) == NULL)
		return stile_error_set(e, STILE_EINVAL, 0,
		    "socket_owner: there is no user '%s'", user);
	if (*group != '\0' && (gr = getgrnam(group)) == NULL)
		return stile_error_set(e, STILE_EINVAL, 0,
		    "socket_group: there is no group '%s'", group);
	if (chown(path, pw != NULL ? pw->pw_uid : (uid_t)-1,
	    gr != NULL ? gr->gr_gid : (gid_t)-1) != 0)
		return stile_error_set(e, STILE_EIO, 0,
		    "unix:%s: its owner or group cannot be set: %s", path,
		    strerror(errno));
	return STILE_OK;
}

static enum stile_err
unix_address(const char *path, struct sockaddr_un *sun, struct stile_error *e)
{
	*sun = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (*path == '\0' || strlen(path) >= sizeof(sun->sun_path))
		return stile_error_set(e, STILE_EINVAL, 0,
		    "a socket's path of 1 to %zu bytes is expected, not '%s'",
		    sizeof(sun->sun_path) - 1, path);
	memcpy(sun->sun_path, path, strlen(path) + 1);
	return STILE_OK;
}

/* A socket that nobody answers on any more makes room; a live one stays. */
static enum stile_err
make_room(const struct sockaddr_un *sun, struct stile_error *e)
{
	struct stat	st;
	int		fd, err;

	if (lstat(sun->sun_path, &st) != 0)
		return STILE_OK;
	if (!S_ISSOCK(st.st_mode))
		return stile_error_set(e, STILE_EEXIST, 0,
		    "unix:%s: something that is not a socket is there",
		    sun->sun_path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0)) < 0)
		return stile_error_set(e, STILE_EIO, 0, "socket: %s",
		    strerror(errno));
	err = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 ?
	    0 : errno;
	close(fd);
	if (err != ECONNREFUSED)
		return stile_error_set(e, STILE_EEXIST, 0, "unix:%s: a server "
		    "is listening there; stop it or take another path",
		    sun->sun_path);
	if (unlink(sun->sun_path) != 0 && errno != ENOENT)
		return stile_error_set(e, STILE_EIO, 0, "unix:%s: a dead "
		    "server's socket cannot be removed: %s", sun->sun_path,
		    strerror(errno));
	return STILE_OK;
}

static enum stile_err
open_unix(const struct conf *c, const char *path, int *ret,
    struct stile_error *e)
{
	struct sockaddr_un	sun;
	enum stile_err		rc;
	mode_t			mode = 0, old;
	int			fd, bound;

	if ((rc = parse_mode(c, &mode, e)) != STILE_OK ||
	    (rc = unix_address(path, &sun, e)) != STILE_OK ||
	    (rc = make_room(&sun, e)) != STILE_OK)
		return rc;
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0)) < 0)
		return stile_error_set(e, STILE_EIO, 0, "socket: %s",
		    strerror(errno));
	/* Never wider than asked for, not even for a moment. */
	old = umask(0777 & ~mode);
	bound = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(old);
	if (bound != 0)
		rc = stile_error_set(e, STILE_EIO, 0, "unix:%s: %s", path,
		    strerror(errno));
	else if ((rc = set_owner(c, path, e)) == STILE_OK &&
	    listen(fd, BACKLOG) != 0)
		rc = stile_error_set(e, STILE_EIO, 0, "unix:%s: %s", path,
		    strerror(errno));
	if (rc != STILE_OK) {
		close(fd);
		if (bound == 0)
			unlink(path);
		return rc;
	}
	*ret = fd;
	return STILE_OK;
}

static int
bind_one(const struct addrinfo *ai)
{
	int	fd, on = 1, bytes = RECEIVE;

	fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, ai->ai_protocol);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* A head has to fit in, for it is looked at before it is read. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	close(fd);
	return -1;
}

/* "HOST:PORT" or "[IPv6]:PORT" */
static enum stile_err
open_tcp(const char *address, int *ret, struct stile_error *e)
{
	struct addrinfo	 hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *ai;
	char		 host[256];
	const char	*colon = strrchr(address, ':'), *from = address;
	size_t		 n = colon != NULL ? (size_t)(colon - address) : 0;
	int64_t		 port;
	int		 rc, err;

	if (n >= 2 && address[0] == '[' && address[n - 1] == ']') {
		from++;
		n -= 2;
	}
	/* getaddrinfo() takes no port for 0, and cuts one that is too large. */
	if (n == 0 || n >= sizeof(host) || stile_num_int(stile_str(colon + 1),
	    0, 65535, &port) != STILE_OK)
		return stile_error_set(e, STILE_EINVAL, 0,
		    "tcp:%s: HOST:PORT is expected", address);
	memcpy(host, from, n);
	host[n] = '\0';
	if ((rc = getaddrinfo(host, colon + 1, &hints, &ai)) != 0)
		return stile_error_set(e, STILE_EINVAL, 0, "tcp:%s: %s",
		    address, gai_strerror(rc));
	*ret = bind_one(ai);
	err = errno;
	freeaddrinfo(ai);
	if (*ret < 0)
		return stile_error_set(e, STILE_EIO, 0, "tcp:%s: %s", address,
		    strerror(err));
	return STILE_OK;
}

static enum stile_err
open_one(const struct conf *c, const char *address, int *ret,
    struct stile_error *e)
{
	if (strncmp(address, "unix:", 5) == 0)
		return open_unix(c, address + 5, ret, e);
	if (strncmp(address, "tcp:", 4) == 0)
		return open_tcp(address + 4, ret, e);
	return stile_error_set(e, STILE_EINVAL, 0, "listen: unix:PATH or "
	    "tcp:HOST:PORT is expected, not '%s'", address);
}

enum stile_err
listen_open(const struct conf *c, struct listeners *ret, struct stile_error *e)
{
	struct stile_str	rest = stile_str(conf_text(c, "listen")), word;
	char			address[ADDRESS_MAX];
	enum stile_err		rc = STILE_OK;

	ret->n = 0;
	while (rc == STILE_OK && stile_str_cut(&rest, ' ', &word)) {
		if (word.len == 0)
			continue;
		if (ret->n == LISTEN_MAX || word.len >= sizeof(address))
			rc = stile_error_set(e, STILE_EINVAL, 0, "listen: up "
			    "to %d addresses of up to %zu bytes are possible",
			    LISTEN_MAX, sizeof(address) - 1);
		else {
			memcpy(address, word.p, word.len);
			address[word.len] = '\0';
			rc = open_one(c, address, &ret->fd[ret->n], e);
			ret->n += rc == STILE_OK;
		}
	}
	if (rc != STILE_OK)
		listen_close(c, ret);
	return rc;
}

/* An inherited Unix socket is held to the rule that ours follow. */
static enum stile_err
check_one(const struct conf *c, int fd, struct stile_error *e)
{
	struct sockaddr_un	sun;
	socklen_t		len = sizeof(sun);
	struct stat		st;
	int			flags;

	flags = fcntl(fd, F_GETFL);
	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (getsockname(fd, (struct sockaddr *)&sun, &len) != 0 ||
	    sun.sun_family != AF_UNIX || conf_int(c, "socket_public"))
		return STILE_OK;
	if (len > offsetof(struct sockaddr_un, sun_path) &&
	    sun.sun_path[0] == '\0')
		return stile_error_set(e, STILE_EINVAL, 0, "an abstract "
		    "socket: everyone on this machine can connect");
	if (stat(sun.sun_path, &st) == 0 && (st.st_mode & 0002) != 0)
		return stile_error_set(e, STILE_EINVAL, 0, "unix:%s: everyone "
		    "on this machine can connect (mode %04o); 0660 is expected",
		    sun.sun_path, (unsigned)st.st_mode & 0777);
	return STILE_OK;
}

enum stile_err
listen_check(const struct conf *c, const struct listeners *l,
    struct stile_error *e)
{
	enum stile_err	rc = STILE_OK;
	size_t		i;

	for (i = 0; i < l->n && rc == STILE_OK; i++)
		rc = check_one(c, l->fd[i], e);
	return rc;
}

static bool
is_listening(int fd)
{
	int		on = 0;
	socklen_t	len = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on;
}

/* sd_listen_fds(3) */
static size_t
from_systemd(void)
{
	const char	*pid = getenv("LISTEN_PID");
	const char	*fds = getenv("LISTEN_FDS");
	int64_t		 v, n;

	if (pid == NULL || fds == NULL ||
	    stile_num_int(stile_str(pid), 1, INT_MAX, &v) != STILE_OK ||
	    v != getpid() || stile_num_int(stile_str(fds), 1, INT_MAX,
	    &n) != STILE_OK)
		return 0;
	return n < LISTEN_MAX ? (size_t)n : LISTEN_MAX;
}

bool
listen_inherited(struct listeners *ret)
{
	size_t	i, n = from_systemd();

	ret->n = 0;
	for (i = 0; i < n; i++)
		if (is_listening(SD_FIRST + (int)i))
			ret->fd[ret->n++] = SD_FIRST + (int)i;
	/* spawn-fcgi, mod_fcgid, lighttpd */
	if (ret->n == 0 && is_listening(STDIN_FILENO))
		ret->fd[ret->n++] = STDIN_FILENO;
	return ret->n > 0;
}

bool
listen_allows(const struct conf *c, const struct sockaddr *peer)
{
	const void	*address;
	char		 text[INET6_ADDRSTRLEN];

	if (peer->sa_family == AF_UNIX)
		return true;
	address = peer->sa_family == AF_INET ?
	    (const void *)&((const struct sockaddr_in *)peer)->sin_addr :
	    &((const struct sockaddr_in6 *)peer)->sin6_addr;
	/* Of an IPv4 peer of an IPv6 socket, "::ffff:192.0.2.1" is the same. */
	return inet_ntop(peer->sa_family, address, text, sizeof(text)) != NULL &&
	    stile__in_networks(conf_text(c, "peers"), stile_str(text));
}

/* Whether the setting names it: then it is ours to remove. */
static bool
is_named(const struct conf *c, const char *path)
{
	struct stile_str	rest = stile_str(conf_text(c, "listen")), word;

	while (stile_str_cut(&rest, ' ', &word))
		if (word.len > 5 && memcmp(word.p, "unix:", 5) == 0 &&
		    stile_str_eq((struct stile_str){ word.p + 5, word.len - 5 },
		    stile_str(path)))
			return true;
	return false;
}

static void
close_one(const struct conf *c, int fd)
{
	struct sockaddr_un	sun;
	socklen_t		len = sizeof(sun);
	bool			ours;

	ours = getsockname(fd, (struct sockaddr *)&sun, &len) == 0 &&
	    sun.sun_family == AF_UNIX &&
	    len > offsetof(struct sockaddr_un, sun_path) &&
	    is_named(c, sun.sun_path);
	close(fd);
	/* The path that it was bound to may be another's by now. */
	if (ours)
		make_room(&sun, NULL);
}

void
listen_close(const struct conf *c, struct listeners *l)
{
	while (l->n > 0)
		close_one(c, l->fd[--l->n]);
}
