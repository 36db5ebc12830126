/* SPDX-License-Identifier: ISC */
/* What the FastCGI clients of the benchmark share: one request, as bytes. */
#ifndef BENCH_ASK_H
#define BENCH_ASK_H

#include "base/priv.h"

#define ASK_PATH_MAX	100	/* of a request, in bytes */

extern unsigned char	ask_bytes[1024];
extern size_t		ask_len;

/* A GET request on a connection that is kept. */
void	 ask_make(const char *path);

/* A connection to the Unix socket; -1 with errno. */
int	 ask_connect(const char *path, int type);

/* An argument, from min to max, or the end. */
size_t	 ask_number(const char *, size_t min, size_t max);

/* Microseconds of CLOCK_MONOTONIC. */
int64_t	 ask_now(void);
#endif
