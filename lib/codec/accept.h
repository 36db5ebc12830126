/* SPDX-License-Identifier: ISC */
#ifndef CODEC_ACCEPT_H
#define CODEC_ACCEPT_H

#include "stile/accept.h"

/* How well a field likes one offer, 0 (not at all) to 1000. */
int	stile__accept_weight(enum stile_accept_kind, struct stile_str field,
	    struct stile_str offer);
#endif
