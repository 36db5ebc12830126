/* SPDX-License-Identifier: ISC */
/* Answers that are sent while they are made, and server-sent events. */
#ifndef STILE_STREAM_H
#define STILE_STREAM_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_req;

/* Makes the body by stile_write(); what it returns below 0 cuts the answer. */
typedef int (*stile_stream_fn)(struct stile_req *, void *arg);

/* Answer with what fn will write once the hooks are through. */
STILE_API int	stile_send_stream(struct stile_req *, int status,
		    const char *type, stile_stream_fn fn, void *arg);

/* Or begin here and now, and write from the handler itself. */
STILE_API int	stile_begin_stream(struct stile_req *, int status,
		    const char *type);

/* Some of the body; and what is buffered goes out at once. */
STILE_API int	stile_write(struct stile_req *, const void *p, size_t n);
STILE_API int	stile_flush(struct stile_req *);

/* Whether nobody is there to read on.  May say so late, never wrongly. */
STILE_API bool	stile_client_gone(struct stile_req *);

/* A server-sent event; a NULL field is left out. */
struct stile_event {
	const char	*id;
	const char	*event;
	const char	*data;		/* may have several lines */
	int64_t		 retry_ms;	/* 0: left out */
};

/* A stream of events: the headers for it, then each event is flushed. */
STILE_API int	stile_begin_events(struct stile_req *);
STILE_API int	stile_event(struct stile_req *, const struct stile_event *);
STILE_API int	stile_event_comment(struct stile_req *, const char *);

#ifdef __cplusplus
}
#endif
#endif
