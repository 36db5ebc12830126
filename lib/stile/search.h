/* SPDX-License-Identifier: ISC */
/* Full-text search over a table, by an index that stile-embed(1) declares. */
#ifndef STILE_SEARCH_H
#define STILE_SEARCH_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_req;

struct stile_search {
	const char	*name;		/* of the index: "note_search" */
	const char	*table;		/* "note" */
	const char	*columns;	/* to answer with: "id, title" */
};

/* Answer with the rows that have all these words, best first, as an array; a
 * word that ends in '*' stands for all that begin so. */
STILE_API int	stile_send_search(struct stile_req *, int status,
		    const struct stile_search *, const char *words,
		    int64_t limit);

#ifdef __cplusplus
}
#endif
#endif
