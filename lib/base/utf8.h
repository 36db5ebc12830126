/* SPDX-License-Identifier: ISC */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "stile/types.h"

/*
 * Bytes of the code point at the start of s, which is not empty.  With *ok
 * false they are the longest ill-formed start, which U+FFFD stands for.
 */
size_t	stile__utf8_step(struct stile_str s, bool *ok);

/* At most so many bytes of it, and no half of a character. */
struct stile_str stile__utf8_cut(struct stile_str s, size_t max);

/* Append s, or make it a copy, with U+FFFD for what is ill-formed. */
struct stile_arena;
struct stile_buf;
void	stile__utf8_write(struct stile_buf *, struct stile_str s);
enum stile_err	stile__utf8_repair(struct stile_arena *, struct stile_str *s);
#endif
