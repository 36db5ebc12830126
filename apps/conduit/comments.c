/* SPDX-License-Identifier: ISC */
/* What people say to articles. */
#include <stddef.h>

#include "conduit.h"

static const struct stile_schema	comment_schema = {
	"Comment", STILE_OBJECT, .properties = STILE_PROPERTIES(
	    { .name = "id", .type = STILE_INTEGER },
	    { .name = "createdAt", .type = STILE_DATE_TIME },
	    { .name = "updatedAt", .type = STILE_DATE_TIME },
	    { .name = "body", .type = STILE_STRING },
	    { "author", .ref = &profile_schema }),
};

static const struct stile_schema	comment_answer =
    STILE_WRAPPED_ROW("CommentAnswer", "comment", &comment_schema);

static const struct stile_schema	list_answer = {
	"CommentList", STILE_OBJECT, .properties = STILE_PROPERTIES(
	    { "comments", STILE_ARRAY, .items = &comment_schema }),
};

struct text {
	const char	*body;
};

static const struct stile_schema	new_comment = {
	"NewComment", STILE_OBJECT, .size = sizeof(struct text),
	.unknown = STILE_UNKNOWN_IGNORED,
	.properties = STILE_PROPERTIES(
	    STILE_PROPERTY(struct text, body, STILE_STRING,
	        .required = true, .trim = true, .min = 1, .max = 10000)),
};

static const struct stile_schema	new_body = STILE_WRAPPED(
    "NewCommentBody", "comment", &new_comment, struct text);

#define SELECT								\
	"SELECT c.id, c.created AS \"createdAt\","			\
	" c.updated AS \"updatedAt\", c.body,"				\
	PROFILE_COLUMNS("author.") " FROM comment c"			\
	PROFILE_JOIN("c.author_id")

static int
list_comments(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("comments",
	    stile_select_json(r, &comment_schema, SELECT
	    " WHERE c.article_id = :id ORDER BY c.id DESC",
	    STILE_NAMED("id", find_article(r).id, "me", stile_user_id(r)))));
}

static int
add_comment(struct stile_req *r)
{
	const struct text	*in = stile_input(r);
	int64_t			 id, now = stile_now_ms();

	id = stile_select_int(r, "INSERT INTO comment (article_id, author_id,"
	    " body, created, updated) VALUES (?, ?, ?, ?, ?) RETURNING id",
	    STILE_ARGS(find_article(r).id, stile_user_id(r), in->body, now,
	    now));
	return stile_send_row_as(r, 201, &comment_answer, SELECT
	    " WHERE c.id = :id", STILE_NAMED("me", stile_user_id(r), "id", id));
}

static int
delete_comment(struct stile_req *r)
{
	struct owned	comment;

	comment = find_owned(r, "comment", "SELECT id, author_id FROM comment"
	    " WHERE id = ? AND article_id = ?",
	    STILE_ARGS(stile_path_int(r, "id"), find_article(r).id));
	stile_exec(r, "DELETE FROM comment WHERE id = ?",
	    STILE_ARGS(own(r, "comment", comment)));
	return stile_send_empty(r, 204);
}

const struct stile_route	comment_routes[] = {
	{ "GET", "/articles/{slug}/comments", list_comments,
	    .name = "comments", .summary = "List comments",
	    .responses = STILE_RESPONSES({ 200, &list_answer,
	    .description = "All of them, newest first." }) },
	{ "POST", "/articles/{slug}/comments", add_comment,
	    .name = "comments", .summary = "Comment an article",
	    .need = STILE_ANY_USER, .body = &new_body,
	    .responses = STILE_RESPONSES({ 201, &comment_answer,
	    .description = "The comment." }) },
	{ "DELETE", "/articles/{slug}/comments/{id:int}", delete_comment,
	    .name = "comment", .summary = "Delete a comment",
	    .need = STILE_ANY_USER, .responses = STILE_RESPONSES({ 204,
	    .description = "It is gone." }) },
	{ 0 }
};
