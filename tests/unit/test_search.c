/* SPDX-License-Identifier: ISC */
/* lib/data/search.c and stile-search: an index, and words that ask it. */
#include "app.h"

#include "stile/migrate.h"
#include "stile/search.h"

static struct tmp	t;
static struct stile_migration	migrations[] = {
	{ .version = 1, .name = "note", .sql =
	    "CREATE TABLE note (id INTEGER PRIMARY KEY, title TEXT NOT NULL,"
	    " body TEXT, done BOOLEAN NOT NULL DEFAULT FALSE);"
	    "INSERT INTO note (title, body) VALUES ('Milk', 'two bottles'),"
	    " ('Bread', 'from the baker; no milk in it')" },
	{ .version = 2, .name = "note_search" },
	{ 0 }
};

static int
search(struct stile_req *r)
{
	static const struct stile_search	notes = {
		.name = "note_search", .table = "note",
		.columns = "id, title, done",
	};

	return stile_send_search(r, 200, &notes, stile_query(r, "q"),
	    stile_query_int(r, "limit", 1, 100, 20));
}

static int
add(struct stile_req *r)
{
	stile_exec(r, "INSERT INTO note (title, body) VALUES (?, ?)",
	    STILE_ARGS(stile_query(r, "title"), stile_query(r, "body")));
	return stile_send_empty(r, 204);
}

static int
change(struct stile_req *r)
{
	stile_exec(r, "UPDATE note SET title = ? WHERE id = ?",
	    STILE_ARGS(stile_query(r, "title"), stile_path_int(r, "id")));
	return stile_send_empty(r, 204);
}

static int
delete(struct stile_req *r)
{
	stile_exec(r, "DELETE FROM note WHERE id = ?",
	    STILE_ARGS(stile_path_int(r, "id")));
	return stile_send_empty(r, 204);
}

static const struct stile_route		routes[] = {
	{ "GET", "/", .handler = search },
	{ "POST", "/", .handler = add },
	{ "PUT", "/{id:int}", .handler = change },
	{ "DELETE", "/{id:int}", .handler = delete },
	{ 0 }
};
static const struct stile_app		app = { .name = "demo",
    .routes = routes, .migrations = migrations };

/* The migration as stile-search writes it, kept for as long as the test. */
static struct stile_client *
begin(void)
{
	static char	text[4096];
	const char	*top = getenv("top_srcdir"), *path;
	char		command[400];
	FILE		*f;
	size_t		n;

	cr_assert(top != NULL, "top_srcdir is not set");
	tmp_make(&t);
	path = tmp_path(&t, "", "0002_note_search");
	snprintf(command, sizeof(command), "sh %s/lib/data/stile-search %s "
	    "note title body", top, path);
	cr_assert_eq(system(command), 0);
	snprintf(command, sizeof(command), "%s.sql", path);
	cr_assert((f = fopen(command, "r")) != NULL);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	migrations[1].sql = text;
	return CLIENT(&app);
}

#define MILK	"{\"id\":1,\"title\":\"Milk\",\"done\":false}"
#define BREAD	"{\"id\":2,\"title\":\"Bread\",\"done\":false}"

Test(search, words)
{
	static const struct {
		const char	*query, *body;
	} cases[] = {
		{ "q=milk", "[" MILK "," BREAD "]" },
		{ "q=MILK&limit=1", "[" MILK "]" },
		{ "q=milk+baker", "[" BREAD "]" },
		{ "q=bak*", "[" BREAD "]" },
		{ "q=bak", "[]" },
		{ "q=milk+beer", "[]" },
		{ "q=", "[]" }, { "q=+%09+", "[]" }, { "", "[]" },
		/* None of this is a language. */
		{ "q=milk+OR+beer", "[]" }, { "q=NOT+milk", "[]" },
		{ "q=title:milk", "[]" }, { "q=%22milk", "[" MILK "," BREAD "]" },
		{ "q=%22", "[]" }, { "q=*", "[]" }, { "q='", "[]" },
		{ "q=%5c", "[]" }, { "q=(milk", "[" MILK "," BREAD "]" },
		{ "q=milk)+AND+(", "[]" }, { "q=-milk", "[" MILK "," BREAD "]" },
		{ "q=^milk", "[" MILK "," BREAD "]" },
	};
	struct stile_client	*c = begin();
	char			 target[100];
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		snprintf(target, sizeof(target), "/?%s", cases[i].query);
		EXPECT_ANSWER(stile_client_get(c, target), 200, cases[i].body,
		    "%s", cases[i].query);
	}
	stile_client_free(c);
	tmp_remove(&t);
}

Test(search, follows_the_table)
{
	struct stile_client	*c = begin();

	EXPECT_ANSWER(send_to(c, "POST", "/?title=Caf%C3%A9&body=milk"), 204,
	    NULL, "one more");
	EXPECT_ANSWER(stile_client_get(c, "/?q=cafe+milk"), 200,
	    "[{\"id\":3,\"title\":\"Caf\xC3\xA9\",\"done\":false}]",
	    "found, without its accent");
	EXPECT_ANSWER(send_to(c, "PUT", "/3?title=Tea"), 204, NULL, "changed");
	EXPECT_ANSWER(stile_client_get(c, "/?q=cafe"), 200, "[]", "before");
	EXPECT_ANSWER(stile_client_get(c, "/?q=tea"), 200,
	    "[{\"id\":3,\"title\":\"Tea\",\"done\":false}]", "after");
	EXPECT_ANSWER(send_to(c, "DELETE", "/3"), 204, NULL, "deleted");
	EXPECT_ANSWER(stile_client_get(c, "/?q=tea"), 200, "[]", "gone");
	stile_client_free(c);
	tmp_remove(&t);
}

Test(search, too_many_words)
{
	struct stile_client	*c = begin();
	char			 target[8000] = "/?q=";
	size_t			 i;

	for (i = strlen(target); i + 2 < sizeof(target); i += 2)
		memcpy(target + i, "a+", 3);
	EXPECT_ANSWER(stile_client_get(c, target), 400, NULL, "4,000 words");
	stile_client_free(c);
	tmp_remove(&t);
}
