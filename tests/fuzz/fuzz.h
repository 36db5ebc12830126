/* SPDX-License-Identifier: ISC */
/* What a target is, and how it says that something is wrong. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static inline void
require(bool ok)
{
	if (!ok)
		abort();
}
#endif
