/* SPDX-License-Identifier: ISC */
#ifndef BASE_ENC_H
#define BASE_ENC_H

#include "stile/types.h"

/*
 * The next piece of what s is inside a JSON string (RFC 8259, section 7), for
 * a non-empty s: a run of s itself, an escape in esc, or U+FFFD for what is
 * not UTF-8.  Returns how many bytes of s it stands for.
 */
size_t	stile__json_piece(struct stile_str s, struct stile_str *out,
	    char esc[6]);
#endif
