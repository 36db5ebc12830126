/* SPDX-License-Identifier: ISC */
/* lib/app/slug.c: titles as parts of paths. */
#include "app.h"

#include "http/req.h"

static size_t	max;

static int
slug(struct stile_req *r)
{
	return stile_send_text(r, 200, stile_slug(r, stile_query(r, "t"),
	    max));
}

static const struct stile_route	routes[] = {
	{ "GET", "/", .handler = slug }, { 0 }
};
static const struct stile_app	app = { .name = "demo", .routes = routes };

static const struct {
	const char	*title;
	size_t		 max;
	const char	*slug;
} cases[] = {
	{ "How+to+train+your+dragon", 80, "how-to-train-your-dragon" },
	{ "", 80, "" },
	{ "++--a+-+b--", 80, "a-b" },
	{ "a/b?c%23d%252Fe_f", 80, "a-b-c-d-2fe-f" },
	{ "It's+4%E2%80%99s", 80, "its-4s" },
	{ "Zu+gro%C3%9Fer+%C3%84rger", 80, "zu-grosser-arger" },
	{ "%C3%89cole+d%C3%A9j%C3%A0+vu", 80, "ecole-deja-vu" },
	{ "%EF%AC%81n+%E2%91%A0+%C2%BD", 80, "fin-1-12" },
	{ "a%C2%A0b", 80, "a-b" },		/* a blank, too */
	{ "%E9%BE%8D", 80, "" },
	{ "%E9%BE%8D+x+%E9%BE%8D", 80, "x" },
	{ "%3F!", 80, "" },
	{ "abc+def", 3, "abc" },
	{ "abc+def", 4, "abc" },
	{ "abc+def", 5, "abc-d" },
	{ "abc", 0, "" },
};

Test(slug, titles)
{
	struct stile_client	*c = CLIENT(&app,);
	char			 path[200];
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		snprintf(path, sizeof(path), "/?t=%s", cases[i].title);
		max = cases[i].max;
		EXPECT_ANSWER(stile_client_get(c, path), 200, cases[i].slug,
		    "%s, %zu", cases[i].title, max);
	}
	stile_client_free(c);
}

Test(slug, without_memory)
{
	struct stile_client		*c = CLIENT(&app,);
	const struct stile_answer	*a;
	int				 n, status;

	max = 80;
	for (n = 1, status = 503; status != 200 && n < 1000; n++) {
		stile__fail_after = n;
		a = stile_client_get(c, "/?t=%C3%84+b");
		stile__fail_after = 0;
		status = a != NULL ? stile_answer_status(a) : 0;
		cr_expect(status == 200 || status == 503 || status == 0,
		    "%d", status);
	}
	EXPECT_ANSWER(a, 200, "a-b", "at last");
	stile_client_free(c);
}
