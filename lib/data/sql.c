/* SPDX-License-Identifier: ISC */
/*
 * SQL text: where its words, strings and comments are, and its places for
 * arguments.  It is not judged; that is the engine's to do.
 */
#include "base/priv.h"

#include <ctype.h>

#include "stile/str.h"
#include "data/sql.h"
#include "base/banned.h"

enum token { END, SPACE, WORD, QUOTED, MARK, ESCAPED, NAME, SEMICOLON, OTHER };

struct scan {
	const char		*p;
	enum stile_dialect	 dialect;
};

static bool
in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' ||
	    (unsigned char)c >= 0x80;
}

static bool
begins_word(char c)
{
	return in_word(c) && !ascii_digit(c) && c != '$';
}

/* Behind the closing mark, of which two stand for one; or at the end. */
static const char *
skip_quoted(const char *p, char close, bool backslash)
{
	for (; *p != '\0'; p++) {
		if (backslash && *p == '\\' && p[1] != '\0')
			p++;
		else if (*p == close && p[1] == close)
			p++;
		else if (*p == close)
			return p + 1;
	}
	return p;
}

static const char *
skip_comment(const char *p, bool nested)
{
	size_t	depth = 1;

	for (p += 2; *p != '\0'; p++) {
		if (p[0] == '*' && p[1] == '/') {
			p++;
			if (--depth == 0)
				return p + 1;
		} else if (nested && p[0] == '/' && p[1] == '*') {
			p++;
			depth++;
		}
	}
	return p;
}

/* $$...$$ or $tag$...$tag$; NULL where it is not one. */
static const char *
skip_dollars(const char *p)
{
	const char	*tag = p, *end;
	size_t		 n = 1;

	while (p[n] != '\0' && p[n] != '$' && in_word(p[n]))
		n++;
	if (p[n] != '$' || ascii_digit(p[1]))
		return NULL;
	n++;
	for (end = p + n; (end = strchr(end, '$')) != NULL; end++)
		if (strncmp(end, tag, n) == 0)
			return end + n;
	return p + strlen(p);
}

static const char *
skip_word(const char *p)
{
	while (in_word(*p))
		p++;
	return p;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next token, and s->p behind it. */
static enum token
scan(struct scan *s)
{
	const char	*p = s->p, *end;
	bool		 pg = s->dialect == STILE_POSTGRESQL;

	if (*p == '\0')
		return END;
	if (is_space(*p)) {
		while (is_space(*s->p))
			s->p++;
		return SPACE;
	}
	if (p[0] == '-' && p[1] == '-') {
		s->p = p + strcspn(p, "\n");
		return SPACE;
	}
	if (p[0] == '/' && p[1] == '*') {
		s->p = skip_comment(p, pg);
		return SPACE;
	}
	if (pg && (*p == 'E' || *p == 'e') && p[1] == '\'') {
		s->p = skip_quoted(p + 2, '\'', true);
		return QUOTED;
	}
	if (*p == '\'' || *p == '"' || (!pg && *p == '`')) {
		s->p = skip_quoted(p + 1, *p, false);
		return QUOTED;
	}
	if (!pg && *p == '[') {
		end = strchr(p, ']');
		s->p = end != NULL ? end + 1 : p + strlen(p);
		return QUOTED;
	}
	if (pg && *p == '$' && (end = skip_dollars(p)) != NULL) {
		s->p = end;
		return QUOTED;
	}
	if (in_word(*p)) {
		s->p = skip_word(p);
		return WORD;
	}
	s->p = p + 1;
	if (*p == ';')
		return SEMICOLON;
	if (*p == '?' && p[1] == '?') {
		s->p = p + 2;
		return ESCAPED;
	}
	if (*p == '?')
		return MARK;
	if (p[0] == ':' && p[1] == ':') {
		s->p = p + 2;
		return OTHER;
	}
	if (*p == ':' && begins_word(p[1])) {
		s->p = skip_word(p + 1);
		return NAME;
	}
	return OTHER;
}

static bool
is_word(struct stile_str s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.p, word, s.len) == 0;
}

static bool
is_one_of(struct stile_str s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (is_word(s, *words))
			return true;
	return false;
}

/* What a statement is by its words, as they come. */
static void
see_word(struct sql *sql, struct stile_str word, bool first)
{
	static const char *const	reads[] = {
		"SELECT", "VALUES", "TABLE", "SHOW", "EXPLAIN", "WITH",
		"PRAGMA", "FETCH", NULL
	};
	static const char *const	changes[] = {
		"INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", NULL
	};

	if (first)
		sql->writes = !is_one_of(word, reads);
	else if (is_one_of(word, changes))
		sql->writes = true;	/* WITH ..., SELECT ... FOR UPDATE */
}

/* The place of this name, or a new one. */
static enum stile_err
find_place(struct sql *sql, struct stile_str name, bool list, size_t *ret,
    struct stile_error *e)
{
	size_t	i;

	for (i = 0; i < sql->nplaces; i++) {
		if (name.len == 0 || !stile_str_eq(sql->places[i].name, name))
			continue;
		if (sql->places[i].list != list)
			return stile_error_set(e, STILE_EINVAL, 500,
			    ":%.*s is a list in one place and not in another",
			    STILE_STR_ARG(name));
		*ret = i;
		return STILE_OK;
	}
	if (i >= SQL_PLACES_MAX)
		return stile_error_set(e, STILE_EINVAL, 500,
		    "more than %d arguments", SQL_PLACES_MAX);
	if (i > 0 && (sql->places[0].name.len > 0) != (name.len > 0))
		return stile_error_set(e, STILE_EINVAL, 500,
		    "places with names and without in one statement");
	sql->places[i] = (struct sql_place){ .name = name, .list = list };
	sql->nplaces = i + 1;
	*ret = i;
	return STILE_OK;
}

/* What has been written, and where its last two words are. */
struct output {
	char			*p;
	size_t			 len, size;
	struct stile_str	 last, before;	/* in the text that is read */
	size_t			 last_at, before_at;	/* in what is written */
};

static void
put(struct output *o, const char *p, size_t n)
{
	memcpy(o->p + o->len, p, n);	/* there is room: see sql_parse() */
	o->len += n;
}

/* "IN ?": SQLite reads a JSON array, PostgreSQL one of its own. */
static void
put_list(struct output *o, enum stile_dialect dialect, const char *number)
{
	bool	negated = is_word(o->before, "NOT");

	if (dialect == STILE_SQLITE) {
		put(o, "(SELECT value FROM json_each(", 29);
		put(o, number, strlen(number));
		put(o, "))", 2);
		return;
	}
	o->len = negated ? o->before_at : o->last_at;
	put(o, negated ? "<> ALL(" : "= ANY(", negated ? 7 : 6);
	put(o, number, strlen(number));
	put(o, ")", 1);
}

static enum stile_err
put_place(struct output *o, struct sql *sql, enum stile_dialect dialect,
    struct stile_str name, struct stile_error *e)
{
	char		number[24];
	enum stile_err	rc;
	bool		list = is_word(o->last, "IN");
	size_t		i = 0;

	if ((rc = find_place(sql, name, list, &i, e)) != STILE_OK)
		return rc;
	snprintf(number, sizeof(number), "%c%zu",
	    dialect == STILE_POSTGRESQL ? '$' : '?', i + 1);
	if (list)
		put_list(o, dialect, number);
	else
		put(o, number, strlen(number));
	return STILE_OK;
}

static void
note_word(struct output *o, struct stile_str word)
{
	o->before = o->last;
	o->before_at = o->last_at;
	o->last = word;
	o->last_at = o->len;
}

/* Only space may follow. */
static enum stile_err
check_end(struct scan *s, struct stile_error *e)
{
	enum token	t;

	while ((t = scan(s)) != END)
		if (t != SPACE && t != SEMICOLON)
			return stile_error_set(e, STILE_EINVAL, 500,
			    "one statement is expected");
	return STILE_OK;
}

static enum stile_err
take_apart(struct scan *s, struct sql *sql, struct output *o,
    struct stile_error *e)
{
	struct stile_str	piece;
	enum stile_err		rc;
	enum token		t;
	size_t			nwords = 0;

	for (;;) {
		piece.p = s->p;
		t = scan(s);
		piece.len = (size_t)(s->p - piece.p);
		rc = STILE_OK;
		switch (t) {
		case END:
			return STILE_OK;
		case SEMICOLON:
			return check_end(s, e);
		case MARK:
			if (ascii_digit(*s->p))
				return stile_error_set(e, STILE_EINVAL, 500,
				    "?%c: a place has no number, but may have "
				    "a name", *s->p);
			rc = put_place(o, sql, s->dialect, STR(""), e);
			break;
		case NAME:
			rc = put_place(o, sql, s->dialect,
			    (struct stile_str){ piece.p + 1, piece.len - 1 },
			    e);
			break;
		case ESCAPED:
			put(o, "?", 1);
			break;
		case WORD:
			see_word(sql, piece, nwords++ == 0);
			note_word(o, piece);
			put(o, piece.p, piece.len);
			continue;
		default:
			put(o, piece.p, piece.len);
			break;
		}
		if (rc != STILE_OK)
			return rc;
		if (t != SPACE)
			o->last = o->before = STR("");
	}
}

enum stile_err
sql_parse(const char *text, enum stile_dialect dialect, struct sql *ret,
    struct stile_error *e)
{
	struct scan	 s = { text, dialect };
	struct output	 o = { .last = STR(""), .before = STR("") };
	const char	*p;
	enum stile_err	 rc;
	size_t		 n = 0;

	*ret = (struct sql){ .writes = true };
	for (p = text; *p != '\0'; p++)
		n += *p == '?' || *p == ':';
	/* A place becomes longer, by no more than what a list has. */
	o.size = strlen(text) + n * 64 + 1;
	n = n < SQL_PLACES_MAX ? n : SQL_PLACES_MAX;
	o.p = ret->text = stile__malloc(o.size);
	ret->places = stile__malloc((n + 1) * sizeof(*ret->places));
	if (ret->text == NULL || ret->places == NULL) {
		sql_free(ret);
		return stile__error_nomem(e);
	}
	if ((rc = take_apart(&s, ret, &o, e)) != STILE_OK) {
		sql_free(ret);
		return rc;
	}
	o.p[o.len] = '\0';
	return STILE_OK;
}

void
sql_free(struct sql *sql)
{
	free(sql->text);
	free(sql->places);
	*sql = (struct sql){ 0 };
}

bool
sql_next(const char **text, enum stile_dialect dialect, struct stile_str *ret)
{
	struct scan	 s = { *text, dialect };
	const char	*from;
	enum token	 t;

	*ret = STR("");
	for (;;) {
		from = s.p;
		t = scan(&s);
		if (t == END || (t == SEMICOLON && ret->len > 0))
			break;
		if (t == SPACE || t == SEMICOLON)
			continue;
		if (ret->len == 0)
			ret->p = from;
		ret->len = (size_t)(s.p - ret->p);
	}
	*text = s.p;
	return ret->len > 0;
}

bool
sql_is_control(struct stile_str sql)
{
	static const char *const	words[] = {
		"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT",
		"SAVEPOINT", "RELEASE", "PREPARE", NULL
	};
	struct stile_str	first = { sql.p, 0 };

	while (first.len < sql.len && in_word(sql.p[first.len]))
		first.len++;
	return is_one_of(first, words);
}
