/* SPDX-License-Identifier: ISC */
#include "base/priv.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "gate/conns.h"
#include "gate/handover.h"
#include "base/banned.h"

#define BATCH		64	/* events at once */
#define ACCEPT_BATCH	64	/* then others have their turn */
#define BATCHES		16	/* at the end, when there is no other turn */
#define PROMOTE_US	2000	/* a wait that is worth another thread */
#define ALL_BUSY_US	10000	/* when there is no other thread */
#define LEAVE_US	50000	/* for which others may take it */
#define BURST_SHARE	10	/* of wait_max, once it is no burst */

/* ---- the set and the queue; the lock is held ----------------------------- */

/* Edge-triggered: each event is told once, also while it is served. */
static int
watch(struct conns *cs, struct conn *c, uint32_t events)
{
	struct epoll_event	ev = { .events = events | EPOLLIN | EPOLLET };

	ev.data.ptr = c;
	return epoll_ctl(cs->epoll_fd, EPOLL_CTL_ADD, c->fd, &ev);
}

/* Listeners first: how long a connection waits is known once it is accepted. */
static void
push(struct conns *cs, struct conn *c, int64_t now)
{
	struct conn	**at = c->kind == CONN_PEER ? cs->last : &cs->first;

	if (cs->first == NULL)
		cs->waiting_since = now;
	c->state = CONN_QUEUED;
	c->stamp = now;
	if ((c->queued = *at) == NULL)
		cs->last = &c->queued;
	*at = c;
}

static struct conn *
take(struct conns *cs, struct conn **at)
{
	struct conn	*c = *at;

	if (c == NULL)
		return NULL;
	if ((*at = c->queued) == NULL)
		cs->last = at;
	c->state = CONN_SERVED;
	return c;
}

static struct conn *
pop(struct conns *cs)
{
	return take(cs, &cs->first);
}

static void
push_listeners(struct conns *cs, int64_t now)
{
	size_t	i;

	for (i = 0; i < cs->nlisteners; i++)
		if (cs->listeners[i].state == CONN_IDLE)
			push(cs, &cs->listeners[i], now);
}

static void
count(struct conns *cs)
{
	atomic_store_explicit(&cs->proc->connections, cs->n,
	    memory_order_relaxed);
}

/* Out of the list; its memory stays while an event may still name it. */
static void
bury(struct conns *cs, struct conn *c)
{
	if ((*c->prev = c->next) != NULL)
		c->next->prev = c->prev;
	cs->n--;
	count(cs);
	free(c->rest.p);
	c->state = CONN_DEAD;
	if (!cs->polling) {
		free(c);
		return;
	}
	c->next = cs->dead;
	cs->dead = c;
}

static void
free_dead(struct conns *cs)
{
	struct conn	*c;

	while ((c = cs->dead) != NULL) {
		cs->dead = c->next;
		free(c);
	}
}

static void
note_event(struct conns *cs, struct conn *c, uint32_t events, int64_t now)
{
	if (c == NULL)		/* wake_fd, nudge_fd */
		return;
	c->half_closed = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
	if (c->state == CONN_IDLE)
		push(cs, c, now);
	else if (c->state == CONN_SERVED)
		c->state = CONN_AGAIN;
}

/* Wait for events without the lock, and queue what they name. */
static void
poll_events(struct conns *cs, int timeout_ms)
{
	struct epoll_event	ev[BATCH];
	int64_t			now;
	int			i, n;

	cs->polling = true;
	pthread_mutex_unlock(&cs->lock);
	n = epoll_wait(cs->epoll_fd, ev, BATCH, timeout_ms);
	now = stile__mono_us();
	pthread_mutex_lock(&cs->lock);
	cs->polling = false;
	for (i = 0; i < n; i++)
		note_event(cs, ev[i].data.ptr, ev[i].events, now);
	free_dead(cs);
	if (cs->usher_asleep && cs->first != NULL) {
		cs->usher_asleep = false;
		pthread_kill(cs->usher, SIGUSR2);
	}
}

/*
 * A burst may wait for as long as it is allowed to.  But where the queue has
 * not been empty for all that time, it is no burst, and what is taken in now
 * shall not wait for what should have been refused before.
 */
static bool
is_overdue(const struct conns *cs, const struct conn *c, int64_t now)
{
	int64_t	max = cs->wait_max;

	if (now - cs->waiting_since > cs->wait_max)
		max /= BURST_SHARE;
	return c->kind == CONN_PEER && now - c->stamp > max;
}

/*
 * What arrives while all threads are busy is for another worker that has an
 * idle one, which may be slow to wake.  Where there is none, or it does not come
 * to it, it is taken in here, to wait or to be refused.
 */
static bool
is_for_others(const struct conns *cs, const struct conn *c, int64_t now)
{
	return c->kind != CONN_PEER && now - c->stamp < LEAVE_US &&
	    board_idle_elsewhere(cs->site->board, cs->proc);
}

/* ---- connections ---------------------------------------------------------- */

/* What is there when it comes into the set is an event, too. */
static void
watch_peer(struct conns *cs, struct conn *c)
{
	c->watched = watch(cs, c, EPOLLRDHUP) == 0;
	if (!c->watched) {
		close(c->fd);
		bury(cs, c);
	}
}

static void
add(struct conns *cs, int fd, struct fcgi_rest rest)
{
	struct conn	*c;

	if ((c = stile__malloc(sizeof(*c))) == NULL) {
		free(rest.p);
		close(fd);
		return;
	}
	*c = (struct conn){ .kind = CONN_PEER, .fd = fd, .rest = rest };
	if (rest.n > 0)
		c->part_since = stile__mono_us();
	pthread_mutex_lock(&cs->lock);
	if ((c->next = cs->all) != NULL)
		c->next->prev = &c->next;
	c->prev = &cs->all;
	cs->all = c;
	cs->n++;
	count(cs);
	/* Nearly always its first request is there already.  A thread takes it
	 * next; the usher has to tell one. */
	if (pthread_equal(pthread_self(), cs->usher))
		watch_peer(cs, c);
	else
		push(cs, c, stile__mono_us());
	pthread_mutex_unlock(&cs->lock);
}

static void
add_accepted(struct conns *cs, int fd, const struct sockaddr *peer)
{
	static const struct fcgi_rest	none;

	if (!listen_allows(cs->site->conf, peer)) {
		stile_log(cs->site->log, STILE_WARN,
		    "connection refused: the peer is not in peers",
		    STILE_NOARGS);
		close(fd);
		return;
	}
	add(cs, fd, none);
}

static bool
is_full(struct conns *cs)
{
	bool	full;

	pthread_mutex_lock(&cs->lock);
	full = cs->full = cs->n >= cs->max;
	pthread_mutex_unlock(&cs->lock);
	return full;
}

/* Out of descriptors or memory: the sweep tries again. */
static void
accept_failed(struct conns *cs, int err)
{
	pthread_mutex_lock(&cs->lock);
	cs->full = true;
	pthread_mutex_unlock(&cs->lock);
	stile_log(cs->site->log, STILE_ERROR, "accept",
	    STILE_ARGS("error", (const char *)strerror(err)));
}

enum served
conns_accept(struct conns *cs, struct conn *c)
{
	struct sockaddr_storage	 peer;
	struct sockaddr		*sa = (struct sockaddr *)&peer;
	struct fcgi_rest	 rest;
	socklen_t		 len;
	int			 fd, i;

	for (i = 0; i < ACCEPT_BATCH; i++) {
		if (c->kind == CONN_TAKER) {
			if ((fd = handover_take(c->fd, &rest)) < 0)
				return SERVED_KEPT;
			add(cs, fd, rest);
			continue;
		}
		if (is_full(cs))
			return SERVED_KEPT;
		len = sizeof(peer);
		fd = accept4(c->fd, sa, &len, SOCK_CLOEXEC);
		if (fd >= 0)
			add_accepted(cs, fd, sa);
		else if (errno != EINTR && errno != ECONNABORTED) {
			if (errno != EAGAIN)
				accept_failed(cs, errno);
			return SERVED_KEPT;
		}
	}
	/* And no event will say so. */
	return SERVED_MORE;
}

/* The lock is held. */
static void
give(struct conns *cs, struct conn *c)
{
	if (c->watched)
		epoll_ctl(cs->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
	/* Where it fails once, the next would only wait for as long. */
	if (cs->give_fd >= 0 && handover_give(cs->give_fd, c->fd,
	    &c->rest) != 0)
		cs->give_fd = -1;
	close(c->fd);
	bury(cs, c);
}

/* All but those that a thread is at; what they wait for goes with them. */
static void
give_idle(struct conns *cs)
{
	struct conn	*c, *next;

	while ((c = pop(cs)) != NULL)
		c->state = CONN_IDLE;
	for (c = cs->all; c != NULL; c = next) {
		next = c->next;
		if (c->state == CONN_IDLE)
			give(cs, c);
	}
}

static void
park(struct conns *cs, struct conn *c, bool more)
{
	bool	again = more || c->state == CONN_AGAIN || c->half_closed;

	c->state = CONN_IDLE;
	/* A listener comes here with what has just been accepted. */
	if (cs->leaving == LEAVE_RETIRE)
		give_idle(cs);
	else if (c->kind == CONN_PEER && !c->watched)
		watch_peer(cs, c);
	else if (again)
		push(cs, c, stile__mono_us());
}

void
conns_done(struct conns *cs, struct conn *c, enum served how)
{
	pthread_mutex_lock(&cs->lock);
	cs->served++;
	switch (how) {
	case SERVED_CLOSED:
		bury(cs, c);
		if (cs->full) {
			cs->full = false;
			push_listeners(cs, stile__mono_us());
		}
		break;
	case SERVED_KEPT:
	case SERVED_MORE:
		c->part_since = 0;
		park(cs, c, how == SERVED_MORE);
		break;
	case SERVED_PART:
		if (c->part_since == 0)
			c->part_since = c->stamp;
		park(cs, c, false);
		break;
	}
	pthread_mutex_unlock(&cs->lock);
}

static bool
others_may_look(struct conns *cs)
{
	bool	busy;

	pthread_mutex_lock(&cs->lock);
	busy = cs->asleep == 0 && !cs->polling;
	pthread_mutex_unlock(&cs->lock);
	return busy && board_idle_elsewhere(cs->site->board, cs->proc);
}

/* The event may have gone to a worker that was full, or that is no more. */
static void
look_again(struct conns *cs, struct conn *c)
{
	if (others_may_look(cs) || conns_accept(cs, c) != SERVED_MORE)
		return;
	pthread_mutex_lock(&cs->lock);
	if (c->state == CONN_IDLE) {
		push(cs, c, stile__mono_us());
		pthread_cond_signal(&cs->go);
	}
	pthread_mutex_unlock(&cs->lock);
}

void
conns_sweep(struct conns *cs, int64_t part_max)
{
	struct conn	*c, *next;
	int64_t		 now = stile__mono_us();
	size_t		 i;

	pthread_mutex_lock(&cs->lock);
	for (c = cs->all; c != NULL; c = next) {
		next = c->next;
		if (c->state != CONN_IDLE || c->part_since == 0 ||
		    now - c->part_since < part_max)
			continue;
		close(c->fd);
		bury(cs, c);
	}
	pthread_mutex_unlock(&cs->lock);
	for (i = 0; i < cs->nlisteners; i++)
		look_again(cs, &cs->listeners[i]);
	look_again(cs, &cs->taker);
}

/* ---- threads -------------------------------------------------------------- */

static struct conn *
next_locked(struct conns *cs)
{
	struct conn	*c;

	while (cs->leaving != LEAVE_RETIRE) {
		if ((c = pop(cs)) != NULL)
			return c;
		if (!cs->polling) {
			poll_events(cs, cs->leaving == LEAVE_NOT ? -1 : 0);
			if (cs->first == NULL && cs->leaving != LEAVE_NOT)
				return NULL;
		} else if (cs->leaving == LEAVE_NOT) {
			cs->asleep++;
			pthread_cond_wait(&cs->go, &cs->lock);
			cs->asleep--;
		} else
			return NULL;
	}
	return NULL;
}

struct conn *
conns_next(struct conns *cs, bool *overdue)
{
	struct conn	*c;

	pthread_mutex_lock(&cs->lock);
	c = next_locked(cs);
	*overdue = c != NULL && is_overdue(cs, c, stile__mono_us());
	pthread_mutex_unlock(&cs->lock);
	return c;
}

struct conn *
conns_overdue(struct conns *cs)
{
	struct conn	**at = &cs->first, *c = NULL;
	int64_t		  now = stile__mono_us();

	pthread_mutex_lock(&cs->lock);
	if (cs->asleep == 0 && cs->leaving == LEAVE_NOT) {
		while (*at != NULL && is_for_others(cs, *at, now))
			at = &(*at)->queued;
		if (*at != NULL && ((*at)->kind != CONN_PEER ||
		    is_overdue(cs, *at, now)))
			c = take(cs, at);
	}
	pthread_mutex_unlock(&cs->lock);
	return c;
}

static bool
waits(const struct conns *cs)
{
	return cs->first != NULL &&
	    stile__mono_us() - cs->first->stamp > PROMOTE_US;
}

/* What another thread has accepted is in no event. */
static void
nudge(struct conns *cs)
{
	uint64_t	one = 1;

	if (write(cs->nudge_fd, &one, sizeof(one)) < 0)
		return;		/* it is readable already */
}

int64_t
conns_usher(struct conns *cs, size_t threads, uint64_t *served)
{
	int64_t	again = PROMOTE_US;
	bool	slow;

	pthread_mutex_lock(&cs->lock);
	slow = *served == cs->served;
	*served = cs->served;
	if (cs->polling && waits(cs))
		nudge(cs);
	if (cs->polling && cs->first == NULL && slow) {
		/* Whoever polls will say when there is something to do. */
		cs->usher_asleep = true;
		again = cs->asleep + 1 < threads ? WATCH_US : SWEEP_US;
	} else if (cs->asleep > 0) {
		if ((slow && !cs->polling) || waits(cs))
			pthread_cond_signal(&cs->go);
	} else {
		/* So that it is known how long they wait. */
		if (!cs->polling) {
			poll_events(cs, 0);
			/* One may have fallen asleep behind this. */
			pthread_cond_signal(&cs->go);
		}
		again = ALL_BUSY_US;
	}
	pthread_mutex_unlock(&cs->lock);
	return again;
}

/* No event of it comes any more; what one has told, nobody else heard. */
static void
leave_to_others(struct conns *cs, struct conn *c)
{
	int	i;

	epoll_ctl(cs->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
	for (i = 0; i < BATCHES; i++)
		if (conns_accept(cs, c) != SERVED_MORE)
			break;
}

/* Others accept from now on, and take what nobody serves. */
static void
retire(struct conns *cs)
{
	size_t	i;

	for (i = 0; i < cs->nlisteners; i++)
		leave_to_others(cs, &cs->listeners[i]);
	leave_to_others(cs, &cs->taker);
	pthread_mutex_lock(&cs->lock);
	give_idle(cs);
	pthread_mutex_unlock(&cs->lock);
}

void
conns_leave(struct conns *cs, enum leave how)
{
	uint64_t	one = 1;

	pthread_mutex_lock(&cs->lock);
	cs->leaving = how;
	pthread_cond_broadcast(&cs->go);
	pthread_mutex_unlock(&cs->lock);
	if (how == LEAVE_RETIRE)
		retire(cs);
	while (write(cs->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* ---- begin and end -------------------------------------------------------- */

static int
watch_fixed(struct conns *cs, const struct serve_set *set)
{
	struct epoll_event	ev = { .events = EPOLLIN };
	size_t			i;

	/* Not edge-triggered: it keeps everyone from waiting. */
	if (epoll_ctl(cs->epoll_fd, EPOLL_CTL_ADD, cs->wake_fd, &ev) != 0)
		return -1;
	ev.events |= EPOLLET;
	if (epoll_ctl(cs->epoll_fd, EPOLL_CTL_ADD, cs->nudge_fd, &ev) != 0)
		return -1;
	for (i = 0; i < set->listeners->n; i++) {
		cs->listeners[i] = (struct conn){ .kind = CONN_LISTENER,
		    .fd = set->listeners->fd[i] };
		if (watch(cs, &cs->listeners[i], EPOLLEXCLUSIVE) != 0)
			return -1;
		cs->nlisteners++;
	}
	cs->taker = (struct conn){ .kind = CONN_TAKER, .fd = set->take };
	return watch(cs, &cs->taker, EPOLLEXCLUSIVE);
}

int
conns_init(struct conns *cs, const struct stile_site *site,
    const struct serve_set *set)
{
	const struct conf	*conf = site->conf;

	*cs = (struct conns){ .site = site, .proc = set->proc,
	    .give_fd = set->give, .usher = pthread_self(),
	    .max = (size_t)conf_int(conf, "connections"),
	    .wait_max = conf_int(conf, "wait_max") * 1000 };
	cs->last = &cs->first;
	pthread_mutex_init(&cs->lock, NULL);
	pthread_cond_init(&cs->go, NULL);
	cs->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	cs->wake_fd = eventfd(0, EFD_CLOEXEC);
	cs->nudge_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (cs->epoll_fd < 0 || cs->wake_fd < 0 || cs->nudge_fd < 0 ||
	    watch_fixed(cs, set) != 0) {
		conns_release(cs);
		return -1;
	}
	return 0;
}

/* Nobody else is left. */
void
conns_release(struct conns *cs)
{
	pthread_mutex_lock(&cs->lock);
	if (cs->leaving == LEAVE_RETIRE)
		give_idle(cs);
	while (cs->all != NULL) {
		close(cs->all->fd);
		bury(cs, cs->all);
	}
	pthread_mutex_unlock(&cs->lock);
	if (cs->epoll_fd >= 0)
		close(cs->epoll_fd);
	if (cs->wake_fd >= 0)
		close(cs->wake_fd);
	if (cs->nudge_fd >= 0)
		close(cs->nudge_fd);
	pthread_mutex_destroy(&cs->lock);
	pthread_cond_destroy(&cs->go);
}
