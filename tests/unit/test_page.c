/* SPDX-License-Identifier: ISC */
/* lib/data/page.c: pages by offset and by key, and the links between them. */
#include "app.h"

#include "stile/migrate.h"

/* 25 rows; five have the same time. */
static const struct stile_migration	migrations[] = {
	{ .version = 1, .name = "one", .sql =
	    "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
	    " at TIMESTAMP NOT NULL, score REAL NOT NULL, gap TEXT);"
	    "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n"
	    " WHERE i < 25) INSERT INTO t SELECT i, 'n' || (100 - i),"
	    " i / 5 * 1000, i / 3.0, NULL FROM n" },
	{ 0 }
};

static const struct stile_page	by_offset = {
	.sql = "SELECT id FROM t ORDER BY id", .limit = 10, .limit_max = 15,
	.total = true,
}, by_id = {
	.sql = "SELECT id FROM t", .key = "id", .limit = 10, .limit_max = 15,
}, downwards = {
	.sql = "SELECT id FROM t", .key = "id", .descending = true,
	.limit = 10, .total = true,
}, by_time = {
	.sql = "SELECT id, at FROM t", .key = "at, id", .limit = 4,
}, by_name = {
	.sql = "SELECT id, name FROM t", .key = "name", .limit = 7,
}, by_score = {
	.sql = "SELECT id, score FROM t", .key = "score", .limit = 7,
}, bare = {
	.sql = "SELECT id FROM t ORDER BY id", .bare = true, .total = true,
}, named = {
	.sql = "SELECT id FROM t WHERE id > :least", .key = "id", .limit = 10,
	.total = true,
}, by_null = {
	.sql = "SELECT id, gap FROM t", .key = "gap", .limit = 3,
}, by_missing = {
	.sql = "SELECT id FROM t", .key = "nothing", .limit = 3,
};

static const struct {
	const char		*path;
	const struct stile_page	*page;
}				pages[] = {
	{ "/offset", &by_offset }, { "/id", &by_id }, { "/down", &downwards },
	{ "/time", &by_time }, { "/name", &by_name }, { "/score", &by_score },
	{ "/bare", &bare }, { "/named", &named }, { "/null", &by_null },
	{ "/missing", &by_missing },
};

static int
list(struct stile_req *r)
{
	size_t	i;

	for (i = 0; i < NELEM(pages) - 1; i++)
		if (strcmp(pages[i].path, stile_req_path(r)) == 0)
			break;
	return stile_send_page(r, 200, pages[i].page,
	    pages[i].page == &named ? STILE_NAMED("least", 5) : STILE_NOARGS);
}

static const struct stile_route	routes[] = {
	{ "GET", "/{any}", .handler = list },
	{ 0 }
};
static const struct stile_app	app = { .name = "demo", .routes = routes,
    .migrations = migrations };

/* "1,2,3" of the items, or of the whole answer. */
static void
ids_of(const struct stile_answer *a, char *out, size_t n)
{
	struct json_object	*j = stile_answer_json(a), *items = j, *m;
	size_t			 i;

	*out = '\0';
	if (json_object_is_type(j, json_type_object))
		cr_assert(json_object_object_get_ex(j, "items", &items));
	for (i = 0; i < json_object_array_length(items); i++) {
		json_object_object_get_ex(json_object_array_get_idx(items, i),
		    "id", &m);
		snprintf(out + strlen(out), n - strlen(out), "%s%d",
		    i > 0 ? "," : "", json_object_get_int(m));
	}
}

static const char *
member(const struct stile_answer *a, const char *name)
{
	struct json_object	*m = NULL;

	cr_assert(json_object_object_get_ex(stile_answer_json(a), name, &m),
	    "%s in %s", name, body_of(a));
	return json_object_get_string(m);
}

Test(page, by_offset)
{
	static const struct {
		const char	*target, *ids, *previous, *next, *link;
	} cases[] = {
		{ "/offset", "1,2,3,4,5,6,7,8,9,10", NULL,
		    "/offset?limit=10&offset=10",
		    "</offset?limit=10&offset=10>; rel=\"next\"" },
		{ "/offset?offset=4&limit=2&x=%26&x=2", "5,6",
		    "/offset?x=%26&x=2&limit=2&offset=2",
		    "/offset?x=%26&x=2&limit=2&offset=6",
		    "</offset?x=%26&x=2&limit=2&offset=2>; rel=\"prev\", "
		    "</offset?x=%26&x=2&limit=2&offset=6>; rel=\"next\"" },
		{ "/offset?offset=15", "16,17,18,19,20,21,22,23,24,25",
		    "/offset?limit=10&offset=5", NULL,
		    "</offset?limit=10&offset=5>; rel=\"prev\"" },
		{ "/offset?offset=3&limit=4", "4,5,6,7",
		    "/offset?limit=4&offset=0", "/offset?limit=4&offset=7",
		    NULL },
		{ "/offset?offset=25", "", "/offset?limit=10&offset=15", NULL,
		    NULL },
	};
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&app);
	char				 ids[200];
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		a = stile_client_get(c, cases[i].target);
		EXPECT_ANSWER(a, 200, NULL, "%s", cases[i].target);
		ids_of(a, ids, sizeof(ids));
		EXPECT_STR(ids, cases[i].ids, "%s", cases[i].target);
		EXPECT_STR(member(a, "previous"), cases[i].previous, "%s",
		    cases[i].target);
		EXPECT_STR(member(a, "next"), cases[i].next, "%s",
		    cases[i].target);
		EXPECT_STR(member(a, "total"), "25", "%s", cases[i].target);
		EXPECT_STR(stile_answer_header(a, "X-Total-Count"), "25",
		    "%s", cases[i].target);
		if (cases[i].link != NULL)
			EXPECT_STR(stile_answer_header(a, "Link"),
			    cases[i].link, "%s", cases[i].target);
	}
	stile_client_free(c);
}

/* All the way along a link, at most n pages: every id that was met. */
static void
walk(struct stile_client *c, char *target, const char *link, char *out,
    size_t n)
{
	const struct stile_answer	*a;
	char				 ids[200];
	const char			*to;
	size_t				 i;

	*out = '\0';
	for (i = 0; i < 30; i++) {
		a = stile_client_get(c, target);
		EXPECT_ANSWER(a, 200, NULL, "%s", target);
		ids_of(a, ids, sizeof(ids));
		snprintf(out + strlen(out), n - strlen(out), "%s%s",
		    i > 0 ? " " : "", ids);
		if ((to = member(a, link)) == NULL)
			return;
		snprintf(target, 400, "%s", to);
	}
	cr_assert(false, "%s has no end", target);
}

Test(page, by_key_there_and_back)
{
	static const struct {
		const char	*target, *there, *back;
	} cases[] = {
		{ "/id", "1,2,3,4,5,6,7,8,9,10 11,12,13,14,15,16,17,18,19,20 "
		    "21,22,23,24,25", "21,22,23,24,25 11,12,13,14,15,16,17,18,"
		    "19,20 1,2,3,4,5,6,7,8,9,10" },
		{ "/down?limit=12", "25,24,23,22,21,20,19,18,17,16,15,14 "
		    "13,12,11,10,9,8,7,6,5,4,3,2 1",
		    "1 13,12,11,10,9,8,7,6,5,4,3,2 "
		    "25,24,23,22,21,20,19,18,17,16,15,14" },
		{ "/time", "1,2,3,4 5,6,7,8 9,10,11,12 13,14,15,16 "
		    "17,18,19,20 21,22,23,24 25", "25 21,22,23,24 17,18,19,20 "
		    "13,14,15,16 9,10,11,12 5,6,7,8 1,2,3,4" },
		{ "/name", "25,24,23,22,21,20,19 18,17,16,15,14,13,12 "
		    "11,10,9,8,7,6,5 4,3,2,1", "4,3,2,1 11,10,9,8,7,6,5 "
		    "18,17,16,15,14,13,12 25,24,23,22,21,20,19" },
		{ "/score", "1,2,3,4,5,6,7 8,9,10,11,12,13,14 "
		    "15,16,17,18,19,20,21 22,23,24,25", "22,23,24,25 "
		    "15,16,17,18,19,20,21 8,9,10,11,12,13,14 1,2,3,4,5,6,7" },
		{ "/named", "6,7,8,9,10,11,12,13,14,15 "
		    "16,17,18,19,20,21,22,23,24,25",
		    "16,17,18,19,20,21,22,23,24,25 "
		    "6,7,8,9,10,11,12,13,14,15" },
	};
	struct stile_client	*c = CLIENT(&app);
	char			 target[400], met[400];
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		snprintf(target, sizeof(target), "%s", cases[i].target);
		walk(c, target, "next", met, sizeof(met));
		EXPECT_STR(met, cases[i].there, "%s", cases[i].target);
		/* From the last page, where the walk has ended. */
		walk(c, target, "previous", met, sizeof(met));
		EXPECT_STR(met, cases[i].back, "%s", cases[i].target);
	}
	stile_client_free(c);
}

Test(page, totals_and_bare_lists)
{
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&app);

	EXPECT_STR(member(stile_client_get(c, "/down"), "total"), "25",
	    "down");
	EXPECT_STR(member(stile_client_get(c, "/named"), "total"), "20",
	    "with an argument");
	EXPECT_ANSWER(stile_client_get(c, "/id?limit=1"), 200,
	    "{\"items\":[{\"id\":1}],\"previous\":null,"
	    "\"next\":\"/id?limit=1&after=WzFd\"}", "the whole answer");
	a = stile_client_get(c, "/bare?limit=2");
	EXPECT_ANSWER(a, 200, "[{\"id\":1},{\"id\":2}]", "bare");
	EXPECT_STR(stile_answer_header(a, "X-Total-Count"), "25", "bare");
	EXPECT_STR(stile_answer_header(a, "Link"),
	    "</bare?limit=2&offset=2>; rel=\"next\"", "bare");
	a = stile_client_get(c, "/id?limit=15&after=WzI1XQ");
	EXPECT_ANSWER(a, 200, "{\"items\":[],\"previous\":null,"
	    "\"next\":null}", "behind the last");
	stile_client_free(c);
}

Test(page, wrong_questions)
{
	static const struct {
		const char	*target;
		int		 status;
	} cases[] = {
		{ "/offset?limit=0", 400 }, { "/offset?limit=16", 400 },
		{ "/offset?limit=x", 400 }, { "/offset?offset=-1", 400 },
		{ "/offset?offset=9223372036854775808", 400 },
		{ "/offset?offset=9223372036854775807", 200 },
		{ "/id?limit=0", 400 },
		{ "/id?after=x", 400 },			/* not base64 */
		{ "/id?after=", 400 },
		{ "/id?after=eHg", 400 },		/* xx */
		{ "/id?after=MQ", 400 },		/* 1 */
		{ "/id?after=W10", 400 },		/* [] */
		{ "/id?after=WzEsMl0", 400 },		/* [1,2] */
		{ "/id?after=W251bGxd", 400 },		/* [null] */
		{ "/id?after=W3t9XQ", 400 },		/* [{}] */
		{ "/id?after=W1tdXQ", 400 },		/* [[]] */
		{ "/id?after=W1sieCJdXQ", 400 },	/* [["x"]] */
		{ "/id?after=WyJ4Il0", 200 },		/* ["x"]: no such */
		{ "/id?after=WzFd&before=WzFd", 400 },
		{ "/null", 500 }, { "/missing", 500 },
	};
	struct stile_client	*c = CLIENT(&app);
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_ANSWER(stile_client_get(c, cases[i].target),
		    cases[i].status, NULL, "%s", cases[i].target);
	stile_client_free(c);
}

/* Whichever allocation fails, it is 503, and the next request is right. */
Test(page, without_memory)
{
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&app);
	int				 n, status = 503;

	for (n = 1; status != 200 && n < 1000; n++) {
		stile__fail_after = n;
		a = stile_client_get(c, "/id?limit=1&after=WzFd");
		stile__fail_after = 0;
		/* Where there is none even for the head, it is 0. */
		status = a != NULL ? stile_answer_status(a) : 0;
		cr_expect(status == 200 || status == 503 || status == 0, "%d",
		    status);
		EXPECT_ANSWER(stile_client_get(c, "/bare?limit=1"), 200,
		    "[{\"id\":1}]", "after %d", n);
	}
	cr_expect_eq(status, 200);
	stile_client_free(c);
}
