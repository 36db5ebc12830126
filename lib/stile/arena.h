/* SPDX-License-Identifier: ISC */
/* Memory that is given back all at once, with clean-up functions. */
#ifndef STILE_ARENA_H
#define STILE_ARENA_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_arena;

/* At most limit bytes in all; 0 means no limit.  NULL without memory. */
STILE_API struct stile_arena *stile_arena_new(size_t limit) STILE_MUSTUSE;

/* Run the defers, newest first, and give everything back. */
STILE_API void	 stile_arena_free(struct stile_arena *);
STILE_API void	 stile_arena_reset(struct stile_arena *);

/* n times size zeroed bytes, or NULL.  Lives until the reset or the free. */
STILE_API void	*stile_arena_alloc(struct stile_arena *, size_t n, size_t size)
		    STILE_MUSTUSE;

/* NUL-terminated copies, or NULL. */
STILE_API char	*stile_arena_dup(struct stile_arena *, struct stile_str)
		    STILE_MUSTUSE;
STILE_API char	*stile_arena_strdup(struct stile_arena *, const char *)
		    STILE_MUSTUSE;
STILE_API char	*stile_arena_printf(struct stile_arena *, const char *fmt, ...)
		    STILE_PRINTF(2, 3) STILE_MUSTUSE;

/* Call fn(arg) at the end of the arena; at once when this fails. */
STILE_API enum stile_err stile_arena_defer(struct stile_arena *,
		    void (*fn)(void *), void *arg);

#ifdef __cplusplus
}
#endif
#endif
