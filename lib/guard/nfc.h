/* SPDX-License-Identifier: ISC */
#ifndef GUARD_NFC_H
#define GUARD_NFC_H

#include "stile/types.h"

/*
 * Text in Unicode's normal form C (UAX 15): the same word typed on two
 * keyboards is the same bytes.  *ret is s itself, or *mine that the caller
 * gives to free(3).
 */
enum stile_err	stile__nfc(struct stile_str s, struct stile_str *ret,
		    char **mine, struct stile_error *);
#endif
