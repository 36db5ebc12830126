/* SPDX-License-Identifier: ISC */
#ifndef APP_SECURE_H
#define APP_SECURE_H

struct stile_req;

/* Headers that keep a page from being abused, where it has none of its own. */
void	 secure_answer(struct stile_req *);
#endif
