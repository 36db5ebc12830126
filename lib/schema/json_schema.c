/* SPDX-License-Identifier: ISC */
/*
 * Schemas as JSON Schema, 2020-12, which is OpenAPI 3.1's as well.  What is
 * written is what input is checked for, as far as there are keywords for it;
 * what trims text or changes its case has none.
 */
#include "base/priv.h"

#include "stile/buf.h"
#include "stile/json.h"
#include "stile/str.h"
#include "codec/json.h"
#include "schema/document.h"
#include "base/banned.h"

/* The schemas around the one at hand that have no name to refer to. */
struct inside {
	const struct inside		*up;
	const struct stile_schema	*s;
};

/* How a row stands where it is written. */
struct stand {
	const struct inside	*inside;
	bool			 own;	/* a schema, and no member or so */
	bool			 patch;
	bool			 null;	/* that it is not null by itself */
};

static void	put(struct schema_doc *, const struct stile_schema *row,
		    struct stand);

static void
put_array(struct schema_doc *d, const struct stile_schema *s, bool null,
    const struct inside *inside)
{
	stile__schema_put_type(d->b, s, null);
	if (s->items != NULL) {
		stile__json_key(d->b, "items");
		put(d, s->items, (struct stand){ .inside = inside,
		    .own = true });
	}
	stile__schema_put_count(d->b, s);
	stile__key_true(d->b, "uniqueItems", s->unique);
}

static void
put_map(struct schema_doc *d, const struct stile_schema *s, bool null,
    bool patch, const struct inside *inside)
{
	stile__schema_put_type(d->b, s, null);
	stile__json_key(d->b, "additionalProperties");
	if (s->items != NULL)
		put(d, s->items, (struct stand){ .inside = inside,
		    .own = true, .patch = patch, .null = patch });
	else
		stile_buf_puts(d->b, "true");
	stile__schema_put_count(d->b, s);
}

/* ---- objects -------------------------------------------------------- */

/* In a patch, null takes away what need not be there. */
static bool
is_removable(const struct stile_schema *p)
{
	return !p->read_only && (!p->required || p->absent != NULL);
}

/*
 * Whether it has to be there.  What others do not see, or what the server adds
 * itself, cannot be asked for; OpenAPI means what is both read-only and
 * required of answers alone.
 */
static bool
is_required(const struct schema_doc *d, const struct stile_schema *p)
{
	return p->required && p->absent == NULL && p->need == NULL &&
	    (!p->read_only || d->openapi);
}

static void
put_tag(struct stile_buf *b, const struct schema_use *u,
    const struct stile_schema *p)
{
	stile__json_key(b, u->one_of->discriminator);
	stile_buf_putc(b, '{');
	if (p != NULL)
		stile__key_text(b, "description", p->description);
	stile__key_text(b, "type", "string");
	stile__key_text(b, "const", u->tag);
	stile_buf_putc(b, '}');
}

static bool
is_tag(const struct schema_use *u, const struct stile_schema *p)
{
	return u->one_of != NULL &&
	    strcmp(u->one_of->discriminator, p->name) == 0;
}

static void
put_properties(struct schema_doc *d, const struct schema_use *u,
    const struct inside *inside)
{
	const struct stile_schema	*p, *tag = NULL;

	for (p = u->s->properties; p != NULL && p->name != NULL; p++)
		if (is_tag(u, p))
			tag = p;
	stile__json_key(d->b, "properties");
	stile_buf_putc(d->b, '{');
	if (u->one_of != NULL)
		put_tag(d->b, u, tag);
	for (p = u->s->properties; p != NULL && p->name != NULL; p++) {
		if (p == tag)
			continue;
		stile__json_key(d->b, p->name);
		put(d, p, (struct stand){ .inside = inside,
		    .patch = u->patch,
		    .null = u->patch && is_removable(p) });
	}
	stile_buf_putc(d->b, '}');
}

static void
put_required(struct schema_doc *d, const struct schema_use *u)
{
	const struct stile_schema	*p;
	bool				 any = false;

	for (p = u->s->properties; p != NULL && p->name != NULL; p++)
		any |= !is_tag(u, p) && !u->patch && is_required(d, p);
	if (!any && u->one_of == NULL)
		return;
	stile__json_key(d->b, "required");
	stile_buf_putc(d->b, '[');
	if (u->one_of != NULL)
		stile_json_write_str(d->b,
		    stile_str(u->one_of->discriminator));
	for (p = u->s->properties; !u->patch && p != NULL && p->name != NULL;
	    p++)
		if (!is_tag(u, p) && is_required(d, p)) {
			stile__json_next(d->b);
			stile_json_write_str(d->b, stile_str(p->name));
		}
	stile_buf_putc(d->b, ']');
}

static void
put_object(struct schema_doc *d, const struct schema_use *u, bool null,
    const struct inside *inside)
{
	static const char *const	unknown[] = {
		[STILE_UNKNOWN_REFUSED] = "false",
		[STILE_UNKNOWN_KEPT] = "true",
		[STILE_UNKNOWN_IGNORED] = NULL,
	};
	const char			*more = unknown[u->s->unknown];

	stile__schema_put_type(d->b, u->s, null);
	if (u->s->properties != NULL || u->one_of != NULL)
		put_properties(d, u, inside);
	put_required(d, u);
	if (more != NULL) {
		stile__json_key(d->b, "additionalProperties");
		stile_buf_puts(d->b, more);
	}
}

/* ---- references ----------------------------------------------------- */

static void
write_ref(struct schema_doc *d, const struct schema_use *want)
{
	const struct schema_use	*u;

	if (want->s == d->root && want->one_of == NULL && !want->patch) {
		stile_buf_puts(d->b, "\"#\"");
		return;
	}
	if ((u = stile__schema_use(d, want)) != NULL)
		stile_buf_printf(d->b, "\"%s%s\"", d->refs, u->name);
}

static void
put_ref(struct schema_doc *d, const struct schema_use *u, bool null)
{
	if (null) {
		stile__json_key(d->b, "anyOf");
		stile_buf_puts(d->b, "[{");
	}
	stile__json_key(d->b, "$ref");
	write_ref(d, u);
	if (null)
		stile_buf_puts(d->b, "},{\"type\":\"null\"}]");
}

/* OpenAPI 3.1, section 4.8.25: with references only. */
static void
put_discriminator(struct schema_doc *d, const struct stile_schema *s,
    bool patch)
{
	size_t	i;

	stile__json_key(d->b, "discriminator");
	stile_buf_putc(d->b, '{');
	stile__key_text(d->b, "propertyName", s->discriminator);
	stile__json_key(d->b, "mapping");
	stile_buf_putc(d->b, '{');
	for (i = 0; s->one_of[i] != NULL; i++) {
		stile__json_key(d->b, s->one_of[i]->name);
		write_ref(d, &(struct schema_use){
		    .s = stile__schema_of(s->one_of[i]), .one_of = s,
		    .tag = s->one_of[i]->name, .patch = patch });
	}
	stile_buf_puts(d->b, "}}");
}

static void
put_one_of(struct schema_doc *d, const struct stile_schema *s, bool null,
    bool patch)
{
	size_t	i;

	stile__json_key(d->b, "oneOf");
	stile_buf_putc(d->b, '[');
	for (i = 0; s->one_of[i] != NULL; i++) {
		stile__json_next(d->b);
		stile_buf_putc(d->b, '{');
		put_ref(d, &(struct schema_use){
		    .s = stile__schema_of(s->one_of[i]), .one_of = s,
		    .tag = s->one_of[i]->name, .patch = patch }, false);
		stile_buf_putc(d->b, '}');
	}
	stile_buf_puts(d->b, null ? ",{\"type\":\"null\"}]" : "]");
	if (d->openapi)
		put_discriminator(d, s, patch);
}

/* ---- whole schemas -------------------------------------------------- */

static void
put_keywords(struct schema_doc *d, const struct schema_use *u, bool null,
    const struct inside *up)
{
	const struct inside	inside = { up, u->s };

	switch (u->s->type) {
	case STILE_OBJECT:
		put_object(d, u, null, &inside);
		break;
	case STILE_ARRAY:
		put_array(d, u->s, null, &inside);
		break;
	case STILE_MAP:
		put_map(d, u->s, null, u->patch, &inside);
		break;
	case STILE_ONE_OF:
		put_one_of(d, u->s, null, u->patch);
		break;
	default:
		stile__schema_put_scalar(d, u->s, null);
		break;
	}
}

/* Of a row, and what it leaves open of the schema it has a copy of. */
static void
put_head(struct stile_buf *b, const struct stile_schema *row,
    const struct stile_schema *s)
{
	stile__key_text(b, "title", row->title != NULL ? row->title : s->title);
	stile__key_text(b, "description", row->description != NULL ?
	    row->description : s->description);
}

static void
put_example(struct stile_buf *b, const struct stile_schema *row,
    const char *text)
{
	if (text == NULL)
		return;
	stile__json_key(b, "examples");
	stile_buf_putc(b, '[');
	stile__schema_write_text(b, row, text);
	stile_buf_putc(b, ']');
}

static void
put_default(struct stile_buf *b, const struct stile_schema *row)
{
	if (row->absent == NULL)
		return;
	stile__json_key(b, "default");
	stile__schema_write_text(b, row, row->absent);
}

static void
put_tail(struct stile_buf *b, const struct stile_schema *row,
    const struct stile_schema *s)
{
	put_example(b, row, row->example != NULL ? row->example : s->example);
	stile__key_true(b, "readOnly", row->read_only);
	stile__key_true(b, "writeOnly", row->write_only);
	stile__key_true(b, "deprecated", row->deprecated || s->deprecated);
}

/* Whether a merge patch of it is something else. */
static bool
has_patch(const struct stile_schema *s)
{
	return s->type == STILE_OBJECT || s->type == STILE_MAP ||
	    s->type == STILE_ONE_OF;
}

static bool
is_inside(const struct inside *i, const struct stile_schema *s)
{
	for (; i != NULL; i = i->up)
		if (i->s == s)
			return true;
	return false;
}

static void
put(struct schema_doc *d, const struct stile_schema *row, struct stand at)
{
	static const struct stile_schema	 bare = { .name = NULL };
	const struct stile_schema		*s = stile__schema_of(row);
	const struct schema_use			 u = { .s = s,
					    .patch = at.patch && has_patch(s) };
	bool					 null, ref;

	/* Without a name it gets one where it would not come to an end. */
	ref = (s->name != NULL && (at.own || row->ref != NULL)) ||
	    is_inside(at.inside, s);
	null = s->type != STILE_ANY && (at.null || row->nullable);
	stile_buf_putc(d->b, '{');
	put_head(d->b, row == s && ref ? &bare : row, ref ? &bare : s);
	if (ref)
		put_ref(d, &u, null && !s->nullable);
	else
		put_keywords(d, &u, null || s->nullable, at.inside);
	/* What a patch leaves out stays as it is. */
	if (!at.own && !at.patch)
		put_default(d->b, row);
	if (row != s || !ref)
		put_tail(d->b, row, ref ? &bare : s);
	stile_buf_putc(d->b, '}');
}

void
stile__schema_put(struct schema_doc *d, const struct stile_schema *s,
    bool patch)
{
	put(d, s, (struct stand){ .own = true, .patch = patch });
}

/* A parameter says itself what it is for, and that it is deprecated. */
void
stile__schema_put_value(struct schema_doc *d, const struct stile_schema *row)
{
	struct stile_schema	value = *row;

	value.description = NULL;
	value.deprecated = false;
	value.read_only = value.write_only = false;
	put(d, &value, (struct stand){ .own = false });
}

void
stile__schema_put_use(struct schema_doc *d, const struct schema_use *u)
{
	stile_buf_putc(d->b, '{');
	put_head(d->b, u->s, u->s);
	put_keywords(d, u, u->s->nullable && u->s->type != STILE_ANY, NULL);
	put_tail(d->b, u->s, u->s);
	stile_buf_putc(d->b, '}');
}

void
stile__schema_put_root(struct schema_doc *d, const struct stile_schema *row)
{
	const struct stile_schema	*s = stile__schema_of(row);
	const struct schema_use		 u = { .s = s };
	struct stile_schema		 head = *row;

	if (head.title == NULL && s->title == NULL)
		head.title = s->name != NULL ? s->name : row->name;
	put_head(d->b, &head, s);
	put_keywords(d, &u, stile__schema_nullable(row) &&
	    s->type != STILE_ANY, NULL);
	put_tail(d->b, row, s);
}
