/* SPDX-License-Identifier: ISC */
/* What people say to articles. */
#include <stddef.h>

#include "conduit.h"

struct comment {
	int64_t		 id, createdAt, updatedAt;
	const char	*body;
	struct profile	 author;
};

static const struct stile_schema	comment_schema = {
	"Comment", STILE_OBJECT, .size = sizeof(struct comment),
	.properties = STILE_PROPERTIES(
	    STILE_PROPERTY(struct comment, id, STILE_INTEGER),
	    STILE_PROPERTY(struct comment, createdAt, STILE_DATE_TIME),
	    STILE_PROPERTY(struct comment, updatedAt, STILE_DATE_TIME),
	    STILE_PROPERTY(struct comment, body, STILE_STRING),
	    { "author", STILE_AT_STRUCT(struct comment, author),
	        .ref = &profile_schema }),
};

static const struct stile_schema	comment_answer = STILE_WRAPPED(
    "CommentAnswer", "comment", &comment_schema, struct comment);

struct list {
	struct stile_items	comments;
};

static const struct stile_schema	list_answer = {
	"CommentList", STILE_OBJECT, .size = sizeof(struct list),
	.properties = STILE_PROPERTIES(
	    STILE_PROPERTY(struct list, comments, STILE_ARRAY,
	        .items = &comment_schema)),
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
	struct list	list;

	list.comments.v = stile_select_all(r, comment_schema.properties,
	    sizeof(struct comment), &list.comments.n,
	    SELECT " WHERE c.article_id = :id ORDER BY c.id DESC",
	    STILE_NAMED("id", find_article(r).id, "me", stile_user_id(r)));
	return stile_send_struct(r, 200, &list_answer, &list);
}

static int
add_comment(struct stile_req *r)
{
	const struct text	*in = stile_input(r);
	struct comment		 c;
	int64_t			 id, now = stile_now_ms();

	id = stile_select_int(r, "INSERT INTO comment (article_id, author_id,"
	    " body, created, updated) VALUES (?, ?, ?, ?, ?) RETURNING id",
	    STILE_ARGS(find_article(r).id, stile_user_id(r), in->body, now,
	    now));
	stile_select(r, comment_schema.properties, &c, SELECT
	    " WHERE c.id = :id", STILE_NAMED("me", stile_user_id(r), "id", id));
	return stile_send_struct(r, 201, &comment_answer, &c);
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
