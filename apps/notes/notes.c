/* SPDX-License-Identifier: ISC */
/* notes: a JSON API over a database, in one file. */
#include <stile.h>

#define TITLE_MAX	200		/* characters */
#define BODY_MAX	(64 * 1024)
#define PAGE		20		/* notes, unless a limit is asked for */
#define PAGE_MAX	100

extern const struct stile_migration notes_migrations[];

/* A note as a request has it; what a change leaves out is absent. */
struct note {
	struct stile_value	title, body, done;
};

static const struct stile_schema note_properties[] = {
	{ "id",    STILE_INTEGER, .read_only = true, .example = "1" },
	{ "title", STILE_STRING,  STILE_AT(struct note, title),
	    .required = true, .min = 1, .max = TITLE_MAX,
	    .example = "Water the plants" },
	{ "body",  STILE_STRING,  STILE_AT(struct note, body),
	    .max = BODY_MAX, .absent = "", .example = "Not the cactus." },
	{ "done",  STILE_BOOLEAN, STILE_AT(struct note, done),
	    .absent = "false" },
	{ 0 }
};

static const struct stile_schema note_schema = {
	"Note", STILE_OBJECT, .description = "Something to remember.",
	.properties = note_properties, .size = sizeof(struct note),
};

static const struct stile_page by_id = {
	.sql = "SELECT id, title, body, done FROM note ORDER BY id",
	.limit = PAGE, .limit_max = PAGE_MAX, .bare = true,
	.as = &note_schema,
};

static int
send_note(struct stile_req *r, int status, int64_t id)
{
	return stile_send_row_as(r, status, &note_schema,
	    "SELECT id, title, body, done FROM note WHERE id = ?",
	    STILE_ARGS(id));
}

static int
list_notes(struct stile_req *r)
{
	return stile_send_page(r, 200, &by_id, STILE_NOARGS);
}

static int
create_note(struct stile_req *r)
{
	const struct note	*n = stile_input(r);
	int64_t			 id;

	id = stile_select_int(r,
	    "INSERT INTO note (title, body, done) VALUES (?, ?, ?)"
	    " RETURNING id",
	    STILE_ARGS(n->title, n->body, n->done));
	stile_header_set(r, "Location", stile_url(r, "note", STILE_ARGS(id)));
	stile_etag_int(r, 1);
	return send_note(r, 201, id);
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
	return send_note(r, 200, id);
}

/*
 * All of it with PUT, what is there with PATCH.  With If-Match, only the
 * version that the client has seen is changed.
 */
static int
update_note(struct stile_req *r)
{
	const struct note	*n = stile_input(r);
	int64_t			 id = stile_path_int(r, "id");
	int64_t			 version = read_version(r, id);

	stile_preconditions(r);
	if (stile_exec(r, "UPDATE note SET title = coalesce(?, title),"
	    " body = coalesce(?, body), done = coalesce(?, done),"
	    " version = version + 1 WHERE id = ? AND version = ?",
	    STILE_ARGS(n->title, n->body, n->done, id, version)) == 0)
		return stile_fail(r, 409, "changed by someone else meanwhile");
	stile_etag_int(r, version + 1);
	return send_note(r, 200, id);
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

static const struct stile_response	gives_note[] = {
	{ 200, &note_schema, .description = "The note." },
	{ 0 }
};

static const struct stile_route routes[] = {
	{ "GET", "/openapi.json", stile_openapi, .name = "openapi" },
	{ "GET", "/docs", stile_docs, .name = "docs" },
	{ "GET", "/notes", list_notes, .name = "notes",
	    .summary = "List notes", .page = &by_id },
	{ "POST", "/notes", create_note, .name = "notes",
	    .summary = "Add a note", .body = &note_schema,
	    .responses = STILE_RESPONSES({ 201, &note_schema,
	    .description = "It is added." }) },
	{ "GET", "/notes/{id:int}", show_note, .name = "note",
	    .summary = "Show a note", .responses = gives_note },
	{ "PUT", "/notes/{id:int}", update_note, .name = "note",
	    .summary = "Replace a note", .body = &note_schema,
	    .responses = gives_note },
	{ "PATCH", "/notes/{id:int}", update_note, .name = "note",
	    .summary = "Change a note", .body = &note_schema,
	    .responses = gives_note },
	{ "DELETE", "/notes/{id:int}", delete_note, .name = "note",
	    .summary = "Delete a note",
	    .responses = STILE_RESPONSES({ 204, .description = "It is gone." }) },
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
