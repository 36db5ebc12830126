/* SPDX-License-Identifier: ISC */
/* Requests to an application whose database is any engine's. */
#include "engines.h"

#include <json-c/json.h>

/* The last one is what stile-search has written: see read_search(). */
static struct stile_migration	migrations[] = {
	{ .version = 1, .name = "0001_item", .sql =
	    "CREATE TABLE item (id BIGINT PRIMARY KEY,"
	    " name TEXT NOT NULL UNIQUE, price DOUBLE PRECISION,"
	    " sold BOOLEAN NOT NULL DEFAULT FALSE, made TIMESTAMPTZ, tags JSON)"
	},
	{ .version = 2, .name = "0002_index", .sql =
	    "CREATE INDEX item_made ON item (made); "
	    "CREATE INDEX item_price ON item (price)" },
	{ .version = 3, .name = "0003_doc", .sql =
	    "CREATE TABLE doc (id INTEGER PRIMARY KEY, words TEXT);"
	    "INSERT INTO doc VALUES (1, 'it''s'), (3, 'Two words'),"
	    " (4, 'more words than two'), (5, NULL)" },
	{ .version = 4, .name = "0004_doc_search" },
	{ 0 }
};

struct item {
	int64_t			 id;
	const char		*name;
	double			 price;
	bool			 sold;
	struct stile_value	 made;
	struct stile_str	 tags;
};

static const struct stile_schema	columns[] = {
	STILE_COLUMN(struct item, id),
	STILE_COLUMN(struct item, name),
	STILE_COLUMN(struct item, price),
	STILE_COLUMN(struct item, sold),
	STILE_COLUMN(struct item, made),
	STILE_COLUMN(struct item, tags),
	{ .name = NULL }
};

static const char	insert[] = "INSERT INTO item (id, name, price, sold,"
    " made, tags) VALUES (:id, :name, :price, :sold, :made, :tags)";

static int64_t
add(struct stile_req *r, int64_t id, const char *name)
{
	return stile_exec(r, insert, STILE_NAMED("id", id, "name", name,
	    "price", 0.5 * (double)id, "sold", id % 2 == 0, "made",
	    stile_time(id / 3 * 1000), "tags",
	    stile_json_text(stile_str("[\"a\"]"))));
}

static int
add_item(struct stile_req *r)
{
	int64_t	id = stile_query_int(r, "id", 1, INT64_MAX, 1);

	add(r, id, stile_query(r, "name"));
	return stile_send_row(r, 201, "SELECT * FROM item WHERE id = ?",
	    STILE_ARGS(id));
}

static int
add_25(struct stile_req *r)
{
	char	name[20];
	int	i;

	for (i = 1; i <= 25; i++) {
		snprintf(name, sizeof(name), "item %d", i);
		add(r, i, name);
	}
	return stile_send_empty(r, 204);
}

static int
send_number(struct stile_req *r, int64_t n)
{
	char	text[24];

	snprintf(text, sizeof(text), "%lld", (long long)n);
	return stile_send_text(r, 200, text);
}

static int
clear(struct stile_req *r)
{
	return send_number(r, stile_exec(r, "DELETE FROM item", STILE_NOARGS));
}

static int
show(struct stile_req *r)
{
	return stile_send_row(r, 200, "SELECT id, name, price, sold, made, tags"
	    " FROM item WHERE id = ?", STILE_ARGS(stile_path_int(r, "id")));
}

static int
list(struct stile_req *r)
{
	return stile_send_rows(r, 200, "SELECT id, name FROM item ORDER BY id",
	    STILE_NOARGS);
}

#define EXPECT(cond)	do {						\
	if (!(cond) && stile_failed(r) == STILE_OK)			\
		return stile_fail(r, 500, "line %d: %s", __LINE__, #cond); \
} while (0)

/* Every way to read, over items 1 to 25. */
static int
read_all(struct stile_req *r)
{
	static const char	by_id[] = "SELECT * FROM item WHERE id = ?";
	struct item		 one = { 0 }, *all, some[3];
	struct json_object	*j;
	size_t			 n;

	EXPECT(stile_db(r) != NULL);
	EXPECT(stile_select_int(r, "SELECT count(*) FROM item",
	    STILE_NOARGS) == 25);
	EXPECT(stile_select_int(r, "SELECT sold FROM item WHERE id = 2",
	    STILE_NOARGS) == 1);
	stile_select(r, columns, &one, by_id, STILE_ARGS(4));
	EXPECT(one.id == 4 && strcmp(one.name, "item 4") == 0 &&
	    one.price == 2.0 && one.sold && one.made.type == STILE_TIME &&
	    one.made.u.i == 1000 && stile_str_eq(one.tags, STR("[\"a\"]")));
	all = stile_select_all(r, columns, sizeof(*all), &n,
	    "SELECT * FROM item WHERE id IN ? ORDER BY id",
	    STILE_ARGS(STILE_LIST_OF(3, 5, 99)));
	EXPECT(n == 2 && all[0].id == 3 && all[1].id == 5 && !all[1].sold);
	stile_select_many(r, columns, sizeof(*some), some, by_id,
	    (struct stile_args[]){ STILE_ARGS(9), STILE_ARGS(8),
	    STILE_ARGS(7) }, 3);
	EXPECT(some[0].id == 9 && some[1].id == 8 && some[2].id == 7 &&
	    strcmp(some[2].name, "item 7") == 0);
	j = stile_select_object(r, by_id, STILE_ARGS(6));
	EXPECT(j != NULL && strcmp(json_object_get_string(
	    json_object_object_get(j, "name")), "item 6") == 0);
	j = stile_select_array(r, "SELECT id FROM item WHERE id > ? ORDER BY id"
	    " DESC", STILE_ARGS(20));
	EXPECT(j != NULL && json_object_array_length(j) == 5);
	return stile_send_empty(r, 204);
}

/* What is asked for and is not there. */
static int
read_none(struct stile_req *r)
{
	static const char	sql[] = "SELECT * FROM item WHERE id = ?";
	struct item		items[2];

	switch (stile_query_int(r, "how", 0, 9, 0)) {
	case 0:
		stile_select_int(r, sql, STILE_ARGS(99));
		break;
	case 1:
		stile_select(r, columns, items, sql, STILE_ARGS(99));
		break;
	case 2:
		stile_select_many(r, columns, sizeof(*items), items, sql,
		    (struct stile_args[]){ STILE_ARGS(1), STILE_ARGS(99) }, 2);
		break;
	case 3:
		stile_select_object(r, sql, STILE_ARGS(99));
		break;
	default:
		return stile_send_row(r, 200, sql, STILE_ARGS(99));
	}
	return stile_send_empty(r, 204);
}

static int
write_in_get(struct stile_req *r)
{
	stile_exec(r, "DELETE FROM item", STILE_NOARGS);
	return stile_send_empty(r, 204);
}

/* Each with its own statement in a transaction, and the second one undone. */
static int
tx_two(struct stile_req *r, void *arg)
{
	add(r, *(int *)arg, *(int *)arg == 101 ? "kept" : "item 1");
	return stile_failed(r);
}

static int
nested(struct stile_req *r)
{
	int	one = 101, two = 102;

	stile_transaction(r, STILE_TX_WRITE, tx_two, &one);
	if (stile_query(r, "fail") != NULL)
		stile_transaction(r, STILE_TX_WRITE, tx_two, &two);
	return stile_send_empty(r, 204);
}

static int
many_items(struct stile_req *r)
{
	int64_t	n;

	n = stile_exec_many(r, "INSERT INTO item (id, name) VALUES (?, ?)",
	    (struct stile_args[]){ STILE_ARGS(201, "a"), STILE_ARGS(202, "b"),
	    STILE_ARGS(203, stile_query(r, "third")) }, 3);
	return send_number(r, n);
}

static int
wrong_value(struct stile_req *r)
{
	return stile_send_row(r, 200, "SELECT id FROM item WHERE made > ?",
	    STILE_ARGS(stile_query(r, "made")));
}

static int
by_offset(struct stile_req *r)
{
	static const struct stile_page	page = {
		.sql = "SELECT id, name FROM item ORDER BY id",
		.limit = 10, .total = true
	};

	return stile_send_page(r, 200, &page, STILE_NOARGS);
}

static int
by_key(struct stile_req *r)
{
	static const struct stile_page	page = {
		.sql = "SELECT id, made FROM item WHERE id <> :not",
		.key = "made, id", .limit = 4
	};

	return stile_send_page(r, 200, &page, STILE_NAMED("not", 0));
}

static int
by_name_down(struct stile_req *r)
{
	static const struct stile_page	page = {
		.sql = "SELECT id FROM item WHERE id <> ?", .key = "id",
		.limit = 7, .descending = true, .total = true
	};

	return stile_send_page(r, 200, &page, STILE_ARGS(0));
}

/* Its connection goes away between two statements. */
static int
lose(struct stile_req *r)
{
	add(r, 301, "lost");
	kill_named("victim");
	add(r, 302, "lost, too");
	return stile_send_empty(r, 204);
}

static int
search(struct stile_req *r)
{
	static const struct stile_search	items = {
		.name = "doc_search", .table = "doc", .columns = "id",
	};

	return stile_send_search(r, 200, &items, stile_query(r, "q"), 2);
}

/* "window", "bucket" and "forget", all for one key. */
static int
throttled(struct stile_req *r)
{
	static const struct stile_throttle_rule	rules[] = {
		{ "window", 2, 3600, STILE_WINDOW, 0, true },
		{ "bucket", 2, 3600, STILE_BUCKET, 0, true },
	};
	size_t					i;

	for (i = 0; i < NELEM(rules); i++)
		if (stile_query(r, rules[i].name) != NULL)
			stile_throttle(r, &rules[i], "somebody");
		else if (stile_query(r, "forget") != NULL)
			stile_throttle_forget(r, &rules[i], "somebody");
	return stile_send_empty(r, 204);
}

static const struct stile_route	routes[] = {
	{ "POST", "/items", .handler = add_item },
	{ "DELETE", "/items", .handler = clear },
	{ "GET", "/items", .handler = list },
	{ "GET", "/items/{id:int}", .handler = show },
	{ "POST", "/25", .handler = add_25 },
	{ "GET", "/all", .handler = read_all },
	{ "POST", "/all", .handler = read_all },
	{ "GET", "/none", .handler = read_none },
	{ "GET", "/write", .handler = write_in_get },
	{ "POST", "/nested", .handler = nested },
	{ "POST", "/alone", .handler = nested, .tx = STILE_TX_NONE },
	{ "POST", "/serial", .handler = nested, .tx = STILE_TX_SERIALIZABLE },
	{ "POST", "/many", .handler = many_items },
	{ "GET", "/wrong", .handler = wrong_value },
	{ "GET", "/search", .handler = search },
	{ "GET", "/offset", .handler = by_offset },
	{ "GET", "/key", .handler = by_key },
	{ "GET", "/down", .handler = by_name_down },
	{ "POST", "/lose", .handler = lose },
	{ "GET", "/often", .handler = throttled },
	{ "POST", "/often", .handler = throttled },
	{ 0 }
};
static const struct stile_app	app = {
	.name = "items", .routes = routes, .migrations = migrations,
	.uses = STILE_USES(&stile_throttles),
};

/* "$DOC_SEARCH.sql" and "$DOC_SEARCH.pgsql.sql" */
static void
read_search(const char *kind, const char **ret)
{
	static char	text[2][4096];
	static size_t	used;
	char		path[400];
	FILE		*f;
	size_t		n = 0;

	if (*ret != NULL)
		return;
	snprintf(path, sizeof(path), "%s.%s", getenv("DOC_SEARCH"), kind);
	if ((f = fopen(path, "r")) != NULL) {
		n = fread(text[used], 1, sizeof(text[0]) - 1, f);
		fclose(f);
	}
	if (n == 0) {
		printf("Bail out! cannot read %s\n", path);
		exit(1);
	}
	*ret = text[used++];
}

static struct stile_client *
client_to(const char *to)
{
	struct stile_error	 e = { 0 };
	struct stile_client	*c;
	char			 setting[400];

	read_search("sql", &migrations[3].sql);
	read_search("pgsql.sql", &migrations[3].pgsql);
	snprintf(setting, sizeof(setting), "db=%s", to);
	c = stile_client_new(&app, (const char *const []){ setting, NULL }, &e);
	if (c == NULL) {
		printf("Bail out! no client: %s\n", e.detail);
		exit(1);
	}
	return c;
}

static const struct stile_answer *
ask(struct stile_client *c, const char *method, const char *target)
{
	return stile_client_send(c, method, target, NULL, NULL, 0);
}

static const char *
body_of(const struct stile_answer *a)
{
	return stile_answer_body(a).p;
}

void
requests(void)
{
	static const struct {
		const char	*method, *target;
		int		 status;
		const char	*body;		/* words in it, or NULL */
	} steps[] = {
		{ "GET", "/items", 200, "[]" },
		{ "GET", "/items/1", 404, NULL },
		{ "POST", "/items?id=1&name=it%27s", 201,
		    "\"id\":1,\"name\":\"it's\",\"price\":0.5,\"sold\":false,"
		    "\"made\":\"1970-01-01T00:00:00.000Z\",\"tags\":[\"a\"]}" },
		{ "POST", "/items?id=1&name=b", 409, "\"field\":\"id\"" },
		{ "POST", "/items?id=2&name=it%27s", 409,
		    "\"field\":\"name\"" },
		{ "POST", "/items?id=2", 422, "\"field\":\"name\"" },
		{ "GET", "/items/1", 200, "it's" },
		{ "GET", "/search?q=WORDS+two", 200, "\"id\":3" },
		{ "GET", "/search?q=wor*+mo*", 200,
		    "[{\"id\":4}]" },
		{ "GET", "/search?q=wor", 200, "[]" },
		{ "GET", "/search?q=", 200, "[]" },
		{ "GET", "/search?q='+%22+%5c+&+!+|+:*+()+*", 200, "[]" },
		{ "GET", "/search?q=it's", 200,
		    "[{\"id\":1}]" },
		{ "GET", "/items", 200, "[{\"id\":1,\"name\":\"it's\"}]" },
		{ "DELETE", "/items", 200, "1" },
		{ "POST", "/25", 204, NULL },
		{ "GET", "/all", 204, NULL },
		{ "POST", "/all", 204, NULL },
		{ "GET", "/none?how=0", 404, NULL },
		{ "GET", "/none?how=1", 404, NULL },
		{ "GET", "/none?how=2", 404, NULL },
		{ "GET", "/none?how=3", 404, NULL },
		{ "GET", "/none?how=4", 404, NULL },
		{ "GET", "/write", 500, NULL },
		{ "POST", "/often?forget", 204, NULL },
		{ "GET", "/often?window", 204, NULL },
		{ "POST", "/often?window", 204, NULL },
		{ "POST", "/often?window", 429, "too often" },
		{ "GET", "/often?window", 429, "too often" },
		{ "POST", "/often?bucket", 204, NULL },
		{ "GET", "/often?bucket", 204, NULL },
		{ "POST", "/often?bucket", 429, "too often" },
		{ "POST", "/often?forget", 204, NULL },
		{ "POST", "/often?window", 204, NULL },
		{ "POST", "/often?bucket", 204, NULL },
		{ "POST", "/25", 409, NULL },
		{ "GET", "/all", 204, NULL },
		/* The first of two is undone along with the second. */
		{ "POST", "/nested?fail=1", 409, "\"field\":\"name\"" },
		{ "GET", "/items/101", 404, NULL },
		{ "POST", "/serial?fail=1", 409, "\"field\":\"name\"" },
		{ "GET", "/items/101", 404, NULL },
		/* But not where each is by itself. */
		{ "POST", "/alone?fail=1", 409, "\"field\":\"name\"" },
		{ "GET", "/items/101", 200, "kept" },
		{ "GET", "/items/102", 404, NULL },
		{ "DELETE", "/items", 200, "26" },
		{ "POST", "/nested", 204, NULL },
		{ "GET", "/items/101", 200, "kept" },
		{ "POST", "/many?third=a", 409, "\"field\":\"name\"" },
		{ "GET", "/items/201", 404, NULL },
		{ "POST", "/many?third=c", 200, "3" },
		{ "GET", "/items/203", 200, "\"c\"" },
	};
	struct stile_client		*c = client_to(dsn);
	const struct stile_answer	*a;
	size_t				 i;

	for (i = 0; i < NELEM(steps); i++) {
		a = ask(c, steps[i].method, steps[i].target);
		CHECK(stile_answer_status(a) == steps[i].status &&
		    (steps[i].body == NULL ||
		    strstr(body_of(a), steps[i].body) != NULL),
		    "%zu: %s %s: %d %s", i, steps[i].method, steps[i].target,
		    stile_answer_status(a), body_of(a));
	}
	if (is_pg) {
		a = ask(c, "GET", "/wrong?made=never");
		CHECK(stile_answer_status(a) == 400, "%d %s",
		    stile_answer_status(a), body_of(a));
	}
	stile_client_free(c);
	/* What is there already is not made again. */
	if (!is_memory) {
		c = client_to(dsn);
		a = ask(c, "GET", "/items/101");
		CHECK(stile_answer_status(a) == 200, "%s", body_of(a));
		stile_client_free(c);
	}
}

/* Follow a link from page to page; each item's id is the next of the order. */
static void
follow(struct stile_client *c, const char *target, const char *link,
    int64_t first, int64_t last, const char **end)
{
	const struct stile_answer	*a;
	struct json_object		*items, *j, *id;
	int64_t				 step = first < last ? 1 : -1;
	bool				 back = strcmp(link, "previous") == 0;
	size_t				 i, n;

	for (; target != NULL; target = json_object_get_string(j)) {
		*end = target;
		a = ask(c, "GET", target);
		j = stile_answer_json(a);
		CHECK(stile_answer_status(a) == 200 && json_object_object_get_ex(
		    j, "items", &items), "%s: %s", target, body_of(a));
		n = json_object_array_length(items);
		CHECK(n > 0, "%s: %s", target, body_of(a));
		for (i = 0; i < n; i++, first += step) {
			id = json_object_object_get(json_object_array_get_idx(
			    items, back ? n - 1 - i : i), "id");
			CHECK(json_object_get_int64(id) == first,
			    "%s: %lld is expected: %s", target,
			    (long long)first, body_of(a));
		}
		json_object_object_get_ex(j, link, &j);
	}
	CHECK(first == last + step, "the last is %lld", (long long)first);
}

void
pages(void)
{
	static const struct {
		const char	*target;
		int64_t		 first, last;
		int64_t		 back_from;	/* the last page's first one */
	} cases[] = {
		{ "/offset", 1, 25, 20 },
		{ "/key", 1, 25, 24 },
		{ "/key?limit=25", 1, 25, 0 },
		{ "/down", 25, 1, 5 },
	};
	struct stile_client		*c = client_to(dsn);
	const struct stile_answer	*a;
	struct json_object		*j;
	const char			*end, *back;
	size_t				 i;

	a = ask(c, "POST", "/25");
	CHECK(stile_answer_status(a) == 204, "%s", body_of(a));
	for (i = 0; i < NELEM(cases); i++) {
		end = NULL;
		follow(c, cases[i].target, "next", cases[i].first,
		    cases[i].last, &end);
		if (end == NULL || cases[i].back_from == 0)
			continue;
		a = ask(c, "GET", end);
		json_object_object_get_ex(stile_answer_json(a), "previous", &j);
		CHECK((back = json_object_get_string(j)) != NULL, "%s: %s", end,
		    body_of(a));
		follow(c, back, "previous", cases[i].back_from,
		    cases[i].first, &end);
	}
	a = ask(c, "GET", "/down");
	CHECK(json_object_object_get_ex(stile_answer_json(a), "total", &j) &&
	    json_object_get_int64(j) == 25, "%s", body_of(a));
	a = ask(c, "GET", "/key?after=nonsense");
	CHECK(stile_answer_status(a) == 400, "%s", body_of(a));
	stile_client_free(c);
}

void
requests_gone(void)
{
	struct stile_client		*c;
	const struct stile_answer	*a;
	char				 to[300];

	snprintf(to, sizeof(to), "%s application_name=victim", dsn);
	c = client_to(to);
	a = ask(c, "POST", "/25");
	CHECK(stile_answer_status(a) == 204, "%s", body_of(a));
	kill_named("victim");
	a = ask(c, "GET", "/all");
	CHECK(stile_answer_status(a) == 204, "after its end: %d %s",
	    stile_answer_status(a), body_of(a));
	a = ask(c, "POST", "/lose");
	CHECK(stile_answer_status(a) == 503 &&
	    stile_answer_header(a, "Retry-After") != NULL, "%d %s",
	    stile_answer_status(a), body_of(a));
	a = ask(c, "POST", "/all");
	CHECK(stile_answer_status(a) == 204, "and the next: %d %s",
	    stile_answer_status(a), body_of(a));
	stile_client_free(c);
}

int
restart(const char *to)
{
	struct stile_client	*c = client_to(to);
	char			 line[10];

	printf("%d\n", stile_answer_status(ask(c, "GET", "/items")));
	while (fgets(line, sizeof(line), stdin) != NULL)
		printf("%d\n", stile_answer_status(ask(c, "GET", "/items")));
	stile_client_free(c);
	return 0;
}
