/* SPDX-License-Identifier: ISC */
/* What a route declares, between the files that check it. */
#ifndef HTTP_INPUT_H
#define HTTP_INPUT_H

#include "http/req.h"

/* What is checked, and kept for the handler. */
struct req_input {
	struct stile_validation	 v;
	struct members		 params, body;
	void			*params_struct, *body_struct;	/* or NULL */
	struct json_object	*json;
};

/*
 * Hold each row of a table of texts against the request, into a struct or
 * NULL.  In a form all of them are its fields, and with paging the parameters
 * of pages are known, too.
 */
struct texts_of {
	const struct stile_schema	*s;
	bool				 form, paging;
};
void	stile__check_table(struct stile_req *, struct stile_validation *,
	    const struct texts_of *, struct members *, void *base);
#endif
