/* SPDX-License-Identifier: ISC */
/* What people say to articles. */
#include <stddef.h>

#include "conduit.h"

struct comment {
	int64_t		 id, createdAt, updatedAt;
	const char	*body;
	struct profile	 author;
};

static const struct stile_schema	comment_properties[] = {
	{ "id", STILE_INTEGER, STILE_AT(struct comment, id) },
	{ "createdAt", STILE_DATE_TIME, STILE_AT(struct comment, createdAt) },
	{ "updatedAt", STILE_DATE_TIME, STILE_AT(struct comment, updatedAt) },
	{ "body", STILE_STRING, STILE_AT(struct comment, body) },
	{ "author", STILE_AT_STRUCT(struct comment, author),
	    .ref = &profile_schema },
	{ 0 }
};

static const struct stile_schema	comment_schema = {
	"Comment", STILE_OBJECT, .properties = comment_properties,
	.size = sizeof(struct comment),
};

static const struct stile_schema	comment_answer = {
	"CommentAnswer", STILE_OBJECT, .size = sizeof(struct comment),
	.properties = (const struct stile_schema[]){
		{ "comment", .at = { STILE_KIND_STRUCT, 0 },
		    .ref = &comment_schema },
		{ 0 }
	},
};

struct list {
	struct stile_items	comments;
};

static const struct stile_schema	list_answer = {
	"CommentList", STILE_OBJECT, .size = sizeof(struct list),
	.properties = (const struct stile_schema[]){
		{ "comments", STILE_ARRAY, STILE_AT(struct list, comments),
		    .items = &comment_schema },
		{ 0 }
	},
};

struct text {
	const char	*body;
};

static const struct stile_schema	new_comment = {
	"NewComment", STILE_OBJECT, .size = sizeof(struct text),
	.unknown = STILE_UNKNOWN_IGNORED,
	.properties = (const struct stile_schema[]){
		{ "body", STILE_STRING, STILE_AT(struct text, body),
		    .required = true, .trim = true, .min = 1, .max = 10000 },
		{ 0 }
	},
};

static const struct stile_schema	new_body = {
	"NewCommentBody", STILE_OBJECT, .size = sizeof(struct text),
	.properties = (const struct stile_schema[]){
		{ "comment", .at = { STILE_KIND_STRUCT, 0 },
		    .ref = &new_comment, .required = true },
		{ 0 }
	},
};

#define SELECT								\
	"SELECT c.id, c.created AS \"createdAt\","			\
	" c.updated AS \"updatedAt\", c.body,"				\
	PROFILE_COLUMNS("author.") " FROM comment c"			\
	PROFILE_JOIN("c.author_id")

static int
list_comments(struct stile_req *r)
{
	struct owned	row;
	struct list	list;

	find_article(r, &row);
	list.comments.v = stile_select_all(r, comment_properties,
	    sizeof(struct comment), &list.comments.n,
	    SELECT " WHERE c.article_id = :id ORDER BY c.id DESC",
	    STILE_NAMED("me", me(r), "id", row.id));
	return stile_send_struct(r, 200, &list_answer, &list);
}

static int
add_comment(struct stile_req *r)
{
	const struct text	*in = stile_input(r);
	struct owned		 row;
	struct comment		 c;
	int64_t			 id, now = now_ms();

	find_article(r, &row);
	id = stile_select_int(r, "INSERT INTO comment (article_id, author_id,"
	    " body, created, updated) VALUES (?, ?, ?, ?, ?) RETURNING id",
	    STILE_ARGS(row.id, me(r), in->body, now, now));
	if (stile_select(r, comment_properties, &c, SELECT " WHERE c.id = :id",
	    STILE_NAMED("me", me(r), "id", id)) != STILE_OK)
		return stile_failed(r);
	return stile_send_struct(r, 201, &comment_answer, &c);
}

static int
delete_comment(struct stile_req *r)
{
	struct owned	article, comment;

	find_article(r, &article);
	find_owned(r, "comment", &comment, "SELECT id, author_id FROM comment"
	    " WHERE id = ? AND article_id = ?",
	    STILE_ARGS(stile_path_int(r, "id"), article.id));
	must_own(r, "comment", &comment);
	stile_exec(r, "DELETE FROM comment WHERE id = ?",
	    STILE_ARGS(comment.id));
	return stile_send_empty(r, 204);
}

const struct stile_route	comment_routes[] = {
	{ "GET", "/articles/{slug}/comments", list_comments,
	    .name = "comments", .summary = "List comments",
	    .tags = "comments", .responses = STILE_RESPONSES({ 200,
	    &list_answer, .description = "All of them, newest first." }) },
	{ "POST", "/articles/{slug}/comments", add_comment,
	    .name = "comments", .summary = "Comment an article",
	    .need = STILE_ANY_USER, .tags = "comments",
	    .security = "token", .body = &new_body,
	    .responses = STILE_RESPONSES({ 201, &comment_answer,
	    .description = "The comment." }) },
	{ "DELETE", "/articles/{slug}/comments/{id:int}", delete_comment,
	    .name = "comment", .summary = "Delete a comment",
	    .need = STILE_ANY_USER, .tags = "comments",
	    .security = "token", .responses = STILE_RESPONSES({ 204,
	    .description = "It is gone." }) },
	{ 0 }
};
