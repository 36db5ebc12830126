/* SPDX-License-Identifier: ISC */
/*
 * First include of every .c file: configuration, the common part of libc, and
 * the two places through which the library allocates.  The last include is
 * "base/banned.h".
 */
#ifndef BASE_PRIV_H
#define BASE_PRIV_H

#include "config.h"

#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "stile/types.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

/* A view of a string literal, for use in code. */
#define STR(literal)	((struct stile_str)STILE_STR_INIT(literal))

/* For tests: when above 0, the n-th allocation from now fails. */
extern long	 stile__fail_after;

void	*stile__malloc(size_t);
void	*stile__realloc(void *, size_t);

/* What is said where they have failed; returns STILE_ENOMEM. */
enum stile_err	stile__error_nomem(struct stile_error *);

/* Grow the arena's newest allocation, in place where that is possible. */
struct stile_arena;
void	*stile__arena_grow(struct stile_arena *, void *, size_t old, size_t n);

/* Make a buffer n bytes longer, to be filled in by the caller; or NULL. */
struct stile_buf;
char	*stile__buf_add(struct stile_buf *, size_t n);

/* The arena that it grows in, and a failure of whoever writes into it. */
struct stile_arena *stile__buf_arena(const struct stile_buf *);
void	stile__buf_fail(struct stile_buf *, enum stile_err);

/* Whether a list of words with spaces between has one. */
bool	stile__has_word(const char *list, const char *word);

/* "true", "yes", "on" and "1", or their opposites, in any case. */
enum stile_err	stile__parse_bool(const char *, bool *ret);

/*
 * A finite number with at most that many digits, or with the 15 to 17 that read
 * back as the same one; no locale has a say.
 */
#define STILE__DOUBLE_SIZE	32
void	stile__print_double(double, int digits, char out[STILE__DOUBLE_SIZE]);
void	stile__print_exact(double, char out[STILE__DOUBLE_SIZE]);

/* RFC 9562, section 4; either case, as it asks of readers. */
bool	stile__is_uuid(struct stile_str);

/* The digits of a number in front of end; returns the first. */
#define DIGITS_MAX	20
char	*stile__digits(char *end, uint64_t);

/* ASCII only, whatever the locale says. */
static inline int
ascii_lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static inline bool
ascii_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* The value of a hexadecimal digit, or -1. */
static inline int
ascii_hex(int c)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
#endif
