/* SPDX-License-Identifier: ISC */
/* A client in memory that keeps its cookie as a browser does. */
#ifndef BROWSER_H
#define BROWSER_H

#include "app.h"

/* Its cookie goes with each request, and an answer's takes its place. */
struct browser {
	struct stile_client	*c;
	char			 cookie[4096];	/* "name=value", or "" */
	char			 set[4096];	/* the answer's field, or "" */
};

static inline void
keep_cookie(struct browser *b, const struct stile_answer *a)
{
	const char	*field = stile_answer_header(a, "Set-Cookie");
	size_t		 n;

	snprintf(b->set, sizeof(b->set), "%s", field != NULL ? field : "");
	if (field == NULL)
		return;
	n = strcspn(field, ";");
	memcpy(b->cookie, field, n);
	b->cookie[n] = '\0';
	if (b->cookie[n - 1] == '=')
		b->cookie[0] = '\0';
}

/* The clock may have gone on since it was said how long. */
static inline bool
lasts(const char *field, long seconds)
{
	const char	*s = strstr(field, "; Max-Age=");
	long		 n = s != NULL ? atol(s + strlen("; Max-Age=")) : 0;

	return n <= seconds && n > seconds - PATIENCE;
}

static inline const struct stile_answer *
ask(struct browser *b, const char *method, const char *target)
{
	const struct stile_answer	*a;

	stile_client_header(b->c, "Cookie", *b->cookie != '\0' ? b->cookie :
	    NULL);
	a = send_to(b->c, method, target);
	keep_cookie(b, a);
	return a;
}

#define EXPECT_ASK(b, method, target, status, body)			\
	EXPECT_ANSWER(ask((b), (method), (target)), (status), (body),	\
	    "%s %s", (method), (target))
#endif
