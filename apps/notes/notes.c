/* SPDX-License-Identifier: ISC */
/* notes: a JSON API over a database, in one file. */
#include <stile.h>

#define TITLE_MAX	200		/* characters */
#define BODY_MAX	(64 * 1024)
#define PAGE		20		/* notes, unless a limit is asked for */
#define PAGE_MAX	100

extern const struct stile_migration notes_migrations[];

static const char	select_sql[] =
    "SELECT id, title, body, done FROM note WHERE id = ?";

/* A note as a request has it; what it leaves out is NULL. */
struct note {
	struct stile_value	title, body, done;
};

static struct note
read_note(struct stile_req *r)
{
	struct json_object	*j = stile_json(r);
	struct note		 n = { .title = stile_null() };

	if (stile_member(r, j, "title"))
		n.title = stile_text(
		    stile_member_text(r, j, "title", 1, TITLE_MAX));
	if (stile_member(r, j, "body"))
		n.body = stile_text(
		    stile_member_text(r, j, "body", 0, BODY_MAX));
	if (stile_member(r, j, "done"))
		n.done = stile_bool(stile_member_bool(r, j, "done"));
	return n;
}

/* A note that stands for itself has a title; the rest has defaults. */
static struct note
read_whole_note(struct stile_req *r)
{
	struct note	n = read_note(r);

	if (n.title.type == STILE_NULL)
		stile_fail(r, 422, "title: a string is expected");
	if (n.body.type == STILE_NULL)
		n.body = stile_text("");
	if (n.done.type == STILE_NULL)
		n.done = stile_bool(false);
	return n;
}

static int
list_notes(struct stile_req *r)
{
	static const struct stile_page	by_id = {
		.sql = "SELECT id, title, body, done FROM note ORDER BY id",
		.limit = PAGE, .limit_max = PAGE_MAX, .bare = true,
	};

	return stile_send_page(r, 200, &by_id, STILE_NOARGS);
}

static int
create_note(struct stile_req *r)
{
	struct note	n = read_whole_note(r);
	int64_t		id;

	id = stile_select_int(r,
	    "INSERT INTO note (title, body, done) VALUES (?, ?, ?)"
	    " RETURNING id",
	    STILE_ARGS(n.title, n.body, n.done));
	stile_header_set(r, "Location", stile_url(r, "note", STILE_ARGS(id)));
	stile_etag_int(r, 1);
	return stile_send_row(r, 201, select_sql, STILE_ARGS(id));
}

/* The note's version, which is the answer's ETag. */
static int64_t
read_version(struct stile_req *r, int64_t id)
{
	int64_t	version;

	version = stile_select_int(r, "SELECT version FROM note WHERE id = ?",
	    STILE_ARGS(id));
	stile_etag_int(r, version);
	return version;
}

static int
show_note(struct stile_req *r)
{
	int64_t	id = stile_path_int(r, "id");

	read_version(r, id);
	return stile_send_row(r, 200, select_sql, STILE_ARGS(id));
}

/* With If-Match, only the version that the client has seen is changed. */
static int
update_note(struct stile_req *r, const struct note *n)
{
	int64_t	id = stile_path_int(r, "id"), version = read_version(r, id);

	stile_preconditions(r);
	if (stile_exec(r, "UPDATE note SET title = coalesce(?, title),"
	    " body = coalesce(?, body), done = coalesce(?, done),"
	    " version = version + 1 WHERE id = ? AND version = ?",
	    STILE_ARGS(n->title, n->body, n->done, id, version)) == 0)
		return stile_fail(r, 409, "changed by someone else meanwhile");
	stile_etag_int(r, version + 1);
	return stile_send_row(r, 200, select_sql, STILE_ARGS(id));
}

static int
replace_note(struct stile_req *r)
{
	struct note	n = read_whole_note(r);

	return update_note(r, &n);
}

static int
change_note(struct stile_req *r)
{
	struct note	n = read_note(r);

	return update_note(r, &n);
}

static int
delete_note(struct stile_req *r)
{
	int64_t	id = stile_path_int(r, "id"), version = read_version(r, id);

	stile_preconditions(r);
	if (stile_exec(r, "DELETE FROM note WHERE id = ? AND version = ?",
	    STILE_ARGS(id, version)) == 0)
		return stile_fail(r, 409, "changed by someone else meanwhile");
	stile_header_remove(r, "ETag");
	return stile_send_empty(r, 204);
}

static const struct stile_route routes[] = {
	{ "GET",    "/notes",          list_notes,   .name = "notes" },
	{ "POST",   "/notes",          create_note,  .name = "notes" },
	{ "GET",    "/notes/{id:int}", show_note,    .name = "note" },
	{ "PUT",    "/notes/{id:int}", replace_note, .name = "note" },
	{ "PATCH",  "/notes/{id:int}", change_note,  .name = "note" },
	{ "DELETE", "/notes/{id:int}", delete_note,  .name = "note" },
	{ 0 }
};

static const struct stile_app app = {
	.name = "notes", .version = "1.0",
	.summary = "a JSON API for notes, in a database",
	.routes = routes, .migrations = notes_migrations,
};

int
main(int argc, char **argv)
{
	return stile_main(&app, argc, argv);
}
