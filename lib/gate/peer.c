/* SPDX-License-Identifier: ISC */
#include "base/priv.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "gate/peer.h"
#include "base/banned.h"

#define HURRY_ONCE_US	20000	/* who refuses waits for no peer but this */
#define HURRY_US	200000	/* and for all of a body */

static const struct {
	short		 events;
	const char	*limit;
} ways[] = {
	[PEER_READ] = { POLLIN, "read_timeout" },
	[PEER_WRITE] = { POLLOUT, "write_timeout" },
};

/* Milliseconds for which it may keep us waiting now. */
static int
patience(const struct peer *p, enum peer_way way)
{
	int64_t	once = HURRY_ONCE_US, left = HURRY_US;

	if (!p->hurry) {
		once = conf_int(p->conf, "io_timeout") * 1000000;
		left = conf_int(p->conf, ways[way].limit) * 1000000;
	}
	left -= p->waited[way];
	if (left > once)
		left = once;
	return left > 0 ? (int)((left + 999) / 1000) : 0;
}

static bool
wait_for(struct peer *p, enum peer_way way)
{
	struct pollfd	pfd = { .fd = p->fd, .events = ways[way].events };
	int64_t		start = stile__mono_us();
	int		n, ms = patience(p, way);

	do
		n = poll(&pfd, 1, ms);
	while (n < 0 && errno == EINTR);
	p->waited[way] += stile__mono_us() - start;
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0;
}

ssize_t
peer_read(struct peer *p, void *buf, size_t n)
{
	ssize_t	k;

	do
		k = recv(p->fd, buf, n, MSG_DONTWAIT);
	while (k < 0 && errno == EAGAIN && wait_for(p, PEER_READ));
	return k;
}

/* Past k bytes; true if that was all. */
static bool
advance(struct msghdr *m, size_t k)
{
	for (; m->msg_iovlen > 0 && k >= m->msg_iov->iov_len; m->msg_iovlen--)
		k -= m->msg_iov++->iov_len;
	if (m->msg_iovlen == 0)
		return true;
	m->msg_iov->iov_base = (char *)m->msg_iov->iov_base + k;
	m->msg_iov->iov_len -= k;
	return false;
}

enum stile_err
peer_write(struct peer *p, struct iovec *v, size_t n)
{
	struct msghdr	m = { .msg_iov = v, .msg_iovlen = n };
	ssize_t		k;

	do {
		k = sendmsg(p->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (k < 0 && errno != EAGAIN)
			return STILE_EGONE;
		if (k >= 0 && advance(&m, (size_t)k))
			return STILE_OK;
	} while (wait_for(p, PEER_WRITE));
	return STILE_EGONE;
}
