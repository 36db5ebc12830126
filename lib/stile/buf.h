/* SPDX-License-Identifier: ISC */
/* A growing string with a ceiling: write many times, ask for errors once. */
#ifndef STILE_BUF_H
#define STILE_BUF_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_arena;
struct stile_buf;

/* An empty buffer of at most limit bytes in the arena, or NULL. */
STILE_API struct stile_buf *stile_buf_new(struct stile_arena *, size_t limit)
		    STILE_MUSTUSE;

/* Append.  After the first failure these do nothing. */
STILE_API void	stile_buf_write(struct stile_buf *, const void *p, size_t n);
STILE_API void	stile_buf_puts(struct stile_buf *, const char *);
STILE_API void	stile_buf_putc(struct stile_buf *, char);
STILE_API void	stile_buf_str(struct stile_buf *, struct stile_str);
STILE_API void	stile_buf_printf(struct stile_buf *, const char *fmt, ...)
		    STILE_PRINTF(2, 3);

/* Empty it, keep its memory, forget its error. */
STILE_API void	stile_buf_clear(struct stile_buf *);

/* The first failure of any write: STILE_ETOOBIG or STILE_ENOMEM. */
STILE_API enum stile_err stile_buf_err(const struct stile_buf *) STILE_MUSTUSE;

/* What is in it, NUL-terminated; a later write may move it. */
STILE_API struct stile_str stile_buf_view(const struct stile_buf *);

#ifdef __cplusplus
}
#endif
#endif
