/* SPDX-License-Identifier: ISC */
/* Where a log's lines go, beside the file descriptor that it was made for. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "stile/log.h"

struct ring;

int	 stile__log_fd(const struct stile_log *);	/* -1: syslog(3) */
void	 stile__log_to_fd(struct stile_log *, int fd);
void	 stile__log_to_syslog(struct stile_log *);
void	 stile__log_to_ring(struct stile_log *, struct ring *);

/* A line as it is, with its end. */
void	 stile__log_line(struct stile_log *, enum stile_level, const char *p,
	    size_t n);

/* Whether up to PIPE_BUF bytes leave without waiting, or soon will. */
bool	 stile__log_can_write(int fd);

/* Control characters and quotes as \xHH, cut where out is full. */
size_t	 stile__log_escape(struct stile_str, char *out, size_t size);
#endif
