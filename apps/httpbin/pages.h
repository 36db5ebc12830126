/* SPDX-License-Identifier: ISC */
/* What is always the same: pages by their path. */
#ifndef HTTPBIN_PAGES_H
#define HTTPBIN_PAGES_H

#include <stddef.h>

struct page {
	const char	*path, *type;
	const void	*p;
	size_t		 n;
};

extern const struct page	pages[];	/* ends with { 0 } */
extern const char		teapot_text[];
#endif
