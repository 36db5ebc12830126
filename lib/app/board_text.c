/* SPDX-License-Identifier: ISC */
/* The board in words: for a terminal, and for Prometheus. */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/buf.h"
#include "app/board.h"
#include "base/clock.h"
#include "base/banned.h"

static const char *const state_names[] = {
	[BOARD_FREE] = "free", [BOARD_STARTING] = "starting",
	[BOARD_SERVING] = "serving", [BOARD_LEAVING] = "leaving",
};

static void
put_proc(const struct board *b, size_t i, struct stile_buf *out)
{
	const struct board_proc	*p = &b->procs[i];
	uint64_t		 requests = 0;
	size_t			 k, c, busy = 0;

	for (k = 0; k < b->nslots; k++) {
		busy += k < b->nthreads && board_thread(b, i, k)->since != 0;
		for (c = 0; c < BOARD_CLASSES; c++)
			requests += board_thread(b, i, k)->classes[c];
	}
	stile_buf_printf(out, "worker %d  %s  busy %zu of %zu  connections "
	    "%" PRIu64 "  requests %" PRIu64 "  memory %" PRIu64 " KiB\n",
	    p->pid, state_names[p->state], busy, b->nthreads,
	    (uint64_t)p->connections, requests, (uint64_t)p->memory / 1024);
}

void
board_text(const struct board *b, const char *app, struct stile_buf *out)
{
	struct board_sum	s;
	size_t			i;

	board_sum(b, &s);
	stile_buf_printf(out, "%s, up %" PRId64 " s\n", app,
	    (stile_now_ms() - b->started) / 1000);
	stile_buf_printf(out, "workers      %" PRIu64 "\n", s.procs);
	stile_buf_printf(out, "busy         %" PRIu64 " of %" PRIu64
	    " threads\n", s.busy, s.threads);
	stile_buf_printf(out, "connections  %" PRIu64 "\n", s.connections);
	stile_buf_printf(out, "requests     %" PRIu64 "\n", s.requests);
	stile_buf_printf(out, "latency      p50 %" PRIu64 " us, p99 %" PRIu64
	    " us\n", board_quantile(&s, 0.5), board_quantile(&s, 0.99));
	stile_buf_printf(out, "server error %" PRIu64 "\n", s.classes[5]);
	stile_buf_printf(out, "cut          %" PRIu64 "\n", s.classes[0]);
	stile_buf_printf(out, "refused      %" PRIu64 "\n", s.refused);
	stile_buf_printf(out, "log dropped  %" PRIu64 "\n", s.dropped);
	stile_buf_printf(out, "crashes      %" PRIu64 "\n", s.crashes);
	stile_buf_printf(out, "memory       %" PRIu64 " KiB\n",
	    s.memory / 1024);
	for (i = 0; i < b->nprocs; i++)
		if (b->procs[i].state != BOARD_FREE)
			put_proc(b, i, out);
}

/* Numbers that are the same for a whole server, from where they are. */
static const struct {
	const char	*name, *type, *help;
	size_t		 offset;
} metrics[] = {
#define M(field)	offsetof(struct board_sum, field)
	{ "stile_workers", "gauge", "Processes that serve.", M(procs) },
	{ "stile_threads", "gauge", "Threads for requests.", M(threads) },
	{ "stile_threads_busy", "gauge", "Threads that have a request.",
	  M(busy) },
	{ "stile_connections", "gauge", "Connections of web servers.",
	  M(connections) },
	{ "stile_memory_bytes", "gauge", "Resident memory of all workers.",
	  M(memory) },
	{ "stile_requests_refused_total", "counter",
	  "Requests answered with 503 as no thread was free in time.",
	  M(refused) },
	{ "stile_transactions_left_open_total", "counter",
	  "Transactions that a request left open, rolled back.",
	  M(left_open) },
	{ "stile_requests_cut_total", "counter",
	  "Answers that ended before their end.", M(classes[0]) },
	{ "stile_log_dropped_total", "counter",
	  "Lines that the access log had no room for.", M(dropped) },
	{ "stile_worker_crashes_total", "counter",
	  "Workers that ended without being asked to.", M(crashes) },
#undef M
};

static void
put_head(struct stile_buf *out, const char *name, const char *type,
    const char *help)
{
	stile_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
	    type);
}

static void
put_requests(const struct board_sum *s, struct stile_buf *out)
{
	size_t	i;

	put_head(out, "stile_requests_total", "counter",
	    "Requests answered, by class of status.");
	for (i = 1; i < BOARD_CLASSES; i++)
		stile_buf_printf(out, "stile_requests_total{class=\"%zuxx\"} "
		    "%" PRIu64 "\n", i, s->classes[i]);
}

/*
 * Upper bounds are powers of two, as the board's own buckets have them.  The
 * number of all is theirs too: what is counted meanwhile may be in one sum and
 * not yet in the other.
 */
static void
put_latency(const struct board_sum *s, struct stile_buf *out)
{
	uint64_t	us, all = board_below(s, UINT64_MAX);

	put_head(out, "stile_request_duration_seconds", "histogram",
	    "Time from the first look at a request to the end of its answer.");
	for (us = 64; us <= 1 << 26; us *= 4)
		stile_buf_printf(out, "stile_request_duration_seconds_bucket"
		    "{le=\"%" PRIu64 ".%06" PRIu64 "\"} %" PRIu64 "\n",
		    us / 1000000, us % 1000000, board_below(s, us));
	stile_buf_printf(out, "stile_request_duration_seconds_bucket"
	    "{le=\"+Inf\"} %" PRIu64 "\n", all);
	stile_buf_printf(out, "stile_request_duration_seconds_sum "
	    "%" PRIu64 ".%06" PRIu64 "\n", s->us / 1000000, s->us % 1000000);
	stile_buf_printf(out, "stile_request_duration_seconds_count "
	    "%" PRIu64 "\n", all);
}

/* The name of an application needs no escapes, its version may. */
static void
put_info(const char *app, const char *version, struct stile_buf *out)
{
	put_head(out, "stile_info", "gauge", "The application.");
	stile_buf_printf(out, "stile_info{app=\"%s\",version=\"", app);
	for (; *version != '\0'; version++) {
		if (strchr("\\\"\n", *version) != NULL)
			stile_buf_putc(out, '\\');
		stile_buf_putc(out, *version == '\n' ? 'n' : *version);
	}
	stile_buf_puts(out, "\"} 1\n");
}

void
board_prometheus(const struct board *b, const char *app, const char *version,
    struct stile_buf *out)
{
	struct board_sum	s;
	size_t			i;

	put_info(app, version, out);
	/* As a CGI program there is nothing to count. */
	if (b == NULL)
		return;
	board_sum(b, &s);
	put_head(out, "stile_start_time_seconds", "gauge",
	    "Start of the server, since 1970.");
	stile_buf_printf(out, "stile_start_time_seconds %" PRId64 ".%03" PRId64
	    "\n", b->started / 1000, b->started % 1000);
	put_requests(&s, out);
	put_latency(&s, out);
	for (i = 0; i < NELEM(metrics); i++) {
		put_head(out, metrics[i].name, metrics[i].type,
		    metrics[i].help);
		stile_buf_printf(out, "%s %" PRIu64 "\n", metrics[i].name,
		    *(const uint64_t *)(const void *)((const char *)&s +
		    metrics[i].offset));
	}
}
