/* SPDX-License-Identifier: ISC */
#ifndef GUARD_NFC_H
#define GUARD_NFC_H

#include "stile/types.h"

/*
 * Text in Unicode's normal form C (UAX 15): the same word typed on two
 * keyboards is the same bytes.  *ret is s itself, or *mine that the caller
 * gives to free(3).
 */
struct stile_arena;
enum stile_err	stile__nfc(struct stile_str s, struct stile_str *ret,
		    char **mine, struct stile_error *);

/*
 * Text as names are compared: without case, and with what looks the same as
 * the same (UAX 31's NFKC_Casefold), in the arena.
 */
enum stile_err	stile__casefold(struct stile_arena *, struct stile_str,
		    const char **ret, struct stile_error *);

/* The same without accents, for a URL: letters alone, and what is none. */
enum stile_err	stile__unaccented(struct stile_arena *, struct stile_str,
		    const char **ret, struct stile_error *);
#endif
