/* SPDX-License-Identifier: ISC */
/* Articles: written, found, changed, and liked. */
#include <stddef.h>

#include "conduit.h"

#define SLUG_MAX	80	/* bytes, without the number behind it */

/* ---- what an article looks like ----------------------------------------- */

#define ARTICLE_PROPERTIES						\
	{ "slug", STILE_STRING, .example = "train-your-dragon-7" },	\
	{ "title", STILE_STRING, .example = "Train your dragon" },	\
	{ .name = "description", .type = STILE_STRING },		\
	{ "tagList", STILE_ARRAY, .items = &tag },			\
	{ .name = "createdAt", .type = STILE_DATE_TIME },		\
	{ .name = "updatedAt", .type = STILE_DATE_TIME },		\
	{ .name = "favorited", .type = STILE_BOOLEAN },			\
	{ .name = "favoritesCount", .type = STILE_INTEGER },		\
	{ "author", .ref = &profile_schema }

static const struct stile_schema	tag = {
	.type = STILE_STRING, .trim = true, .min = 1, .max = 100,
	.example = "dragons",
};

static const struct stile_schema	article_schema = {
	"Article", STILE_OBJECT, .properties = STILE_PROPERTIES(
	    ARTICLE_PROPERTIES, { .name = "body", .type = STILE_STRING }),
};

/* In lists, which would be long with the bodies. */
static const struct stile_schema	summary_schema = {
	"ArticleSummary", STILE_OBJECT,
	.properties = STILE_PROPERTIES(ARTICLE_PROPERTIES),
};

static const struct stile_schema	article_answer =
    STILE_WRAPPED_ROW("ArticleAnswer", "article", &article_schema);

static const struct stile_schema	list_answer = {
	"ArticleList", STILE_OBJECT, .properties = STILE_PROPERTIES(
	    { "articles", STILE_ARRAY, .items = &summary_schema },
	    { "articlesCount", STILE_INTEGER,
	        .description = "Of all pages together." }),
};

/* ---- reading ------------------------------------------------------------ */

#define SELECT								\
	"SELECT a.slug, a.title, a.description, a.body,"		\
	" a.tags AS \"tagList\", a.created AS \"createdAt\","		\
	" a.updated AS \"updatedAt\","					\
	" EXISTS (SELECT 1 FROM favorite f WHERE f.article_id = a.id"	\
	"  AND f.user_id = :me) AS favorited,"				\
	" (SELECT count(*) FROM favorite f WHERE f.article_id = a.id)"	\
	"  AS \"favoritesCount\","					\
	PROFILE_COLUMNS("author.") " FROM article a"			\
	PROFILE_JOIN("a.author_id")

struct owned
find_article(struct stile_req *r)
{
	return find_owned(r, "article",
	    "SELECT id, author_id FROM article WHERE slug = ?",
	    STILE_ARGS(stile_path(r, "slug")));
}

static int
send_article(struct stile_req *r, int status, int64_t id)
{
	return stile_send_row_as(r, status, &article_answer,
	    SELECT " WHERE a.id = :id",
	    STILE_NAMED("me", stile_user_id(r), "id", id));
}

static int
show_article(struct stile_req *r)
{
	return send_article(r, 200, find_article(r).id);
}

/* ---- lists -------------------------------------------------------------- */

struct page {
	const char	*tag, *author, *favorited;
	int64_t		 limit, offset;
};

#define PAGE_PROPERTIES							\
	STILE_PROPERTY(struct page, limit, STILE_INTEGER,		\
	    .min = 1, .max = 100, .absent = "20"),			\
	STILE_PROPERTY(struct page, offset, STILE_INTEGER,		\
	    .max = INT64_MAX, .absent = "0")

static const struct stile_schema	feed_params = {
	.type = STILE_OBJECT, .size = sizeof(struct page),
	.unknown = STILE_UNKNOWN_IGNORED,
	.properties = STILE_PROPERTIES(PAGE_PROPERTIES),
};

static const struct stile_schema	list_params = {
	.type = STILE_OBJECT, .size = sizeof(struct page),
	.unknown = STILE_UNKNOWN_IGNORED,
	.properties = STILE_PROPERTIES(PAGE_PROPERTIES,
	    STILE_PROPERTY(struct page, tag, STILE_STRING),
	    STILE_PROPERTY(struct page, author, STILE_STRING),
	    STILE_PROPERTY(struct page, favorited, STILE_STRING)),
};

/* The articles of a condition, newest first. */
#define NEWEST	" ORDER BY a.created DESC, a.id DESC"			\
		" LIMIT :limit OFFSET :offset"
#define COUNT	"SELECT count(*) FROM article a"

static int
send_list(struct stile_req *r, const char *sql, const char *count,
    struct stile_args args, struct stile_args count_args)
{
	return stile_send_object(r, 200, STILE_ARGS(
	    "articles", stile_select_json(r, &summary_schema, sql, args),
	    "articlesCount", stile_select_int(r, count, count_args)));
}

#define FILTER								\
	" WHERE (CAST(:tag AS TEXT) IS NULL OR EXISTS (SELECT 1"	\
	"  FROM article_tag t WHERE t.article_id = a.id"		\
	"  AND t.tag = :tag))"						\
	" AND (CAST(:author AS BIGINT) IS NULL"				\
	"  OR a.author_id = :author)"					\
	" AND (CAST(:favorited AS BIGINT) IS NULL OR EXISTS (SELECT 1"	\
	"  FROM favorite y WHERE y.article_id = a.id"			\
	"  AND y.user_id = :favorited))"

/* Whom a filter names, or NULL without one. */
static struct stile_value
whom(struct stile_req *r, const char *name)
{
	return name != NULL ? stile_int(user_of_name(r, name)) : stile_null();
}

static int
list_articles(struct stile_req *r)
{
	const struct page	*p = stile_params(r);
	struct stile_value	 author = whom(r, p->author);
	struct stile_value	 favorited = whom(r, p->favorited);

	return send_list(r, SELECT FILTER NEWEST, COUNT FILTER,
	    STILE_NAMED("me", stile_user_id(r), "tag", p->tag,
	    "author", author, "favorited", favorited,
	    "limit", p->limit, "offset", p->offset),
	    STILE_NAMED("tag", p->tag, "author", author,
	    "favorited", favorited));
}

#define FOLLOWED							\
	" WHERE a.author_id IN (SELECT followed_id FROM follow"		\
	"  WHERE follower_id = :me)"

static int
feed(struct stile_req *r)
{
	const struct page	*p = stile_params(r);

	return send_list(r, SELECT FOLLOWED NEWEST, COUNT FOLLOWED,
	    STILE_NAMED("me", stile_user_id(r), "limit", p->limit,
	    "offset", p->offset),
	    STILE_NAMED("me", stile_user_id(r)));
}

/* ---- writing ------------------------------------------------------------ */

struct text {
	struct stile_value	title, description, body, tagList;
};

#define TEXT_PROPERTY(name, needed, length)				\
	{ #name, STILE_STRING, STILE_AT(struct text, name),		\
	    .required = (needed), .trim = true, .min = 1, .max = (length) }

#define TEXT_SCHEMA(name, needed)					\
	(name), STILE_OBJECT, .size = sizeof(struct text),		\
	.unknown = STILE_UNKNOWN_IGNORED,				\
	.properties = STILE_PROPERTIES(					\
	    TEXT_PROPERTY(title, needed, 500),				\
	    TEXT_PROPERTY(description, needed, 2000),			\
	    TEXT_PROPERTY(body, needed, 500000),			\
	    STILE_PROPERTY(struct text, tagList, STILE_ARRAY,		\
	        .items = &tag, .max = 100))

static const struct stile_schema	new_article = {
	TEXT_SCHEMA("NewArticle", true)
};
static const struct stile_schema	changed_article = {
	TEXT_SCHEMA("ArticleChange", false)
};
static const struct stile_schema	new_body = STILE_WRAPPED(
    "NewArticleBody", "article", &new_article, struct text);
static const struct stile_schema	change_body = STILE_WRAPPED(
    "ArticleChangeBody", "article", &changed_article, struct text);

/* "How to…" is how-to-7: the number makes it the only one. */
static void
set_slug(struct stile_req *r, int64_t id, const char *title)
{
	const char	*slug = stile_slug(r, title, SLUG_MAX);

	stile_exec(r, "UPDATE article SET slug = CASE WHEN :slug = '' THEN ''"
	    " ELSE :slug || '-' END || id WHERE id = :id",
	    STILE_NAMED("slug", slug, "id", id));
}

/* Each once: in rows to be found, in the article, sorted, to be shown. */
static void
set_tags(struct stile_req *r, int64_t id, struct stile_value tags)
{
	if (tags.type == STILE_ABSENT)
		return;
	stile_exec(r, "DELETE FROM article_tag WHERE article_id = ?",
	    STILE_ARGS(id));
	stile_exec_each(r, "INSERT INTO article_tag (article_id, tag)"
	    " VALUES (?, ?) ON CONFLICT DO NOTHING", STILE_ARGS(id), tags);
	tags = stile_select_list(r, "SELECT tag FROM article_tag"
	    " WHERE article_id = ? ORDER BY tag", STILE_ARGS(id));
	stile_exec(r, "UPDATE article SET tags = ? WHERE id = ?",
	    STILE_ARGS(stile_as_json(r, tags), id));
}

static int
create_article(struct stile_req *r)
{
	const struct text	*in = stile_input(r);
	int64_t			 id, now = stile_now_ms();

	/* The slug has the id in it, which there is afterwards. */
	id = stile_select_int(r, "INSERT INTO article (slug, title,"
	    " description, body, tags, author_id, created, updated)"
	    " VALUES (?, ?, ?, ?, '[]', ?, ?, ?) RETURNING id",
	    STILE_ARGS(stile_req_id(r), in->title, in->description, in->body,
	    stile_user_id(r), now, now));
	set_slug(r, id, in->title.u.s.p);
	set_tags(r, id, in->tagList);
	return send_article(r, 201, id);
}

static int
change_article(struct stile_req *r)
{
	const struct text	*in = stile_input(r);
	int64_t			 id = own(r, "article", find_article(r));

	/* A change is later than what it changes, be it in one millisecond. */
	stile_exec(r, "UPDATE article SET title = coalesce(:title, title),"
	    " description = coalesce(:description, description),"
	    " body = coalesce(:body, body), updated = CASE"
	    "  WHEN updated < :now THEN :now ELSE updated + 1 END"
	    " WHERE id = :id", STILE_NAMED("title", in->title,
	    "description", in->description, "body", in->body,
	    "now", stile_now_ms(), "id", id));
	if (in->title.type == STILE_TEXT)
		set_slug(r, id, in->title.u.s.p);
	set_tags(r, id, in->tagList);
	return send_article(r, 200, id);
}

static int
delete_article(struct stile_req *r)
{
	stile_exec(r, "DELETE FROM article WHERE id = ?",
	    STILE_ARGS(own(r, "article", find_article(r))));
	return stile_send_empty(r, 204);
}

/* ---- favorites and tags ------------------------------------------------- */

static int
favorite(struct stile_req *r)
{
	int64_t	id = find_article(r).id;

	stile_exec(r, "INSERT INTO favorite (article_id, user_id)"
	    " VALUES (?, ?) ON CONFLICT DO NOTHING",
	    STILE_ARGS(id, stile_user_id(r)));
	return send_article(r, 200, id);
}

static int
unfavorite(struct stile_req *r)
{
	int64_t	id = find_article(r).id;

	stile_exec(r, "DELETE FROM favorite WHERE article_id = ?"
	    " AND user_id = ?", STILE_ARGS(id, stile_user_id(r)));
	return send_article(r, 200, id);
}

static const struct stile_schema	tags_answer = {
	"Tags", STILE_OBJECT, .properties = STILE_PROPERTIES(
	    { "tags", STILE_ARRAY, .items = &tag }),
};

static int
list_tags(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("tags",
	    stile_select_list(r, "SELECT DISTINCT tag FROM article_tag"
	    " ORDER BY tag", STILE_NOARGS)));
}

/* ---- routes ------------------------------------------------------------- */

static const struct stile_response	gives_article[] = {
	{ 200, &article_answer, .description = "The article." }, { 0 }
};

static const struct stile_response	gives_list[] = {
	{ 200, &list_answer, .description = "A page of articles." }, { 0 }
};

const struct stile_route	article_routes[] = {
	{ "GET", "/articles", list_articles, .name = "articles",
	    .summary = "List articles", .params = &list_params,
	    .responses = gives_list },
	{ "GET", "/articles/feed", feed, .name = "feed",
	    .summary = "List articles of those one follows",
	    .need = STILE_ANY_USER, .params = &feed_params,
	    .responses = gives_list },
	{ "POST", "/articles", create_article, .name = "articles",
	    .summary = "Write an article", .need = STILE_ANY_USER,
	    .body = &new_body, .responses = STILE_RESPONSES({ 201,
	    &article_answer, .description = "The article." }) },
	{ "GET", "/articles/{slug}", show_article, .name = "article",
	    .summary = "Show an article", .responses = gives_article },
	{ "PUT", "/articles/{slug}", change_article, .name = "article",
	    .summary = "Change an article", .need = STILE_ANY_USER,
	    .body = &change_body, .responses = gives_article },
	{ "DELETE", "/articles/{slug}", delete_article, .name = "article",
	    .summary = "Delete an article", .need = STILE_ANY_USER,
	    .responses = STILE_RESPONSES({ 204,
	    .description = "It is gone." }) },
	{ "POST", "/articles/{slug}/favorite", favorite, .name = "favorite",
	    .summary = "Like an article", .need = STILE_ANY_USER,
	    .responses = gives_article },
	{ "DELETE", "/articles/{slug}/favorite", unfavorite,
	    .name = "favorite", .summary = "Like an article no more",
	    .need = STILE_ANY_USER, .responses = gives_article },
	{ "GET", "/tags", list_tags, .name = "tags", .summary = "List tags",
	    .responses = STILE_RESPONSES({ 200, &tags_answer,
	    .description = "All that are in use." }) },
	{ 0 }
};
