/* SPDX-License-Identifier: ISC */
/* Values that come back from outside unchanged, or not at all. */
#ifndef STILE_SIGN_H
#define STILE_SIGN_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_req;

/*
 * Text for a link or a cookie that says what it is for, until when it holds,
 * and a payload of yours: readable with sign, secret with seal.  state is what
 * must not have changed since, such as a password's hash, or NULL.  NULL with
 * the request failed.
 */
STILE_API const char	*stile_sign(struct stile_req *, const char *purpose,
		    const char *state, struct stile_str payload,
		    int64_t seconds);
STILE_API const char	*stile_seal(struct stile_req *, const char *purpose,
		    const char *state, struct stile_str payload,
		    int64_t seconds);

/* The payload, in the request's memory, with a NUL behind it; "no string" if
 * it is not ours, for something else, too old, or the state is another. */
STILE_API struct stile_str stile_unsign(struct stile_req *,
		    const char *purpose, const char *state, const char *text);
STILE_API struct stile_str stile_unseal(struct stile_req *,
		    const char *purpose, const char *state, const char *text);

/* What a signed text holds before it is known to be ours, for finding the
 * state to hold it against. */
STILE_API struct stile_str stile_sign_peek(struct stile_req *,
		    const char *text);

#ifdef __cplusplus
}
#endif
#endif
