/* SPDX-License-Identifier: ISC */
/*
 * Buffer: a string that grows in an arena up to a ceiling.  The first failure
 * sticks, so that a writer asks for errors once, at the end.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "base/banned.h"

#define FIRST_SIZE	256

struct stile_buf {
	struct stile_arena	*arena;
	char			*p;	/* NULL until the first write */
	size_t			 len;
	size_t			 cap;	/* with room for the NUL; no more than
					 * the limit allows */
	size_t			 limit;	/* of len */
	enum stile_err		 err;
};

struct stile_buf *
stile_buf_new(struct stile_arena *a, size_t limit)
{
	struct stile_buf	*b;

	if ((b = stile_arena_alloc(a, 1, sizeof(*b))) == NULL)
		return NULL;
	b->arena = a;
	b->limit = limit < SIZE_MAX / 4 ? limit : SIZE_MAX / 4;
	return b;
}

/* Make room for n more bytes and a NUL; false with the error set. */
static bool
grow(struct stile_buf *b, size_t n)
{
	size_t	 cap;
	char	*p;

	if (b->err != STILE_OK)
		return false;
	if (n > b->limit - b->len) {
		b->err = STILE_ETOOBIG;
		return false;
	}
	cap = b->cap != 0 ? b->cap : FIRST_SIZE;
	while (cap < b->len + n + 1)
		cap *= 2;
	if (cap > b->limit + 1)
		cap = b->limit + 1;
	if ((p = stile__arena_grow(b->arena, b->p, b->cap, cap)) == NULL) {
		b->err = STILE_ENOMEM;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

/* The same, where most often nothing is to be done. */
static inline bool
reserve(struct stile_buf *b, size_t n)
{
	return (n < b->cap - b->len && b->err == STILE_OK) || grow(b, n);
}

char *
stile__buf_add(struct stile_buf *b, size_t n)
{
	char	*p;

	if (!reserve(b, n))
		return NULL;
	p = b->p + b->len;
	b->len += n;
	p[n] = '\0';
	return p;
}

struct stile_arena *
stile__buf_arena(const struct stile_buf *b)
{
	return b->arena;
}

void
stile__buf_fail(struct stile_buf *b, enum stile_err rc)
{
	if (b->err == STILE_OK)
		b->err = rc;
}

void
stile_buf_write(struct stile_buf *b, const void *p, size_t n)
{
	char	*to;

	if (n > 0 && (to = stile__buf_add(b, n)) != NULL)
		memcpy(to, p, n);
}

void
stile_buf_puts(struct stile_buf *b, const char *s)
{
	stile_buf_write(b, s, strlen(s));
}

void
stile_buf_putc(struct stile_buf *b, char c)
{
	char	*to;

	if ((to = stile__buf_add(b, 1)) != NULL)
		*to = c;
}

void
stile_buf_str(struct stile_buf *b, struct stile_str s)
{
	stile_buf_write(b, s.p, s.len);
}

void
stile_buf_printf(struct stile_buf *b, const char *fmt, ...)
{
	va_list	 ap;
	size_t	 n;

	va_start(ap, fmt);
	n = (size_t)vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n == 0 || !reserve(b, n))
		return;
	va_start(ap, fmt);
	vsnprintf(b->p + b->len, n + 1, fmt, ap);
	va_end(ap);
	b->len += n;
}

void
stile_buf_clear(struct stile_buf *b)
{
	b->len = 0;
	b->err = STILE_OK;
	if (b->p != NULL)
		b->p[0] = '\0';
}

enum stile_err
stile_buf_err(const struct stile_buf *b)
{
	return b->err;
}

struct stile_str
stile_buf_view(const struct stile_buf *b)
{
	return (struct stile_str){ b->p != NULL ? b->p : "", b->len };
}
