/* SPDX-License-Identifier: ISC */
/* An input as a request, and the request as a line for a shell. */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/enc.h"
#include "stile/json.h"
#include "stile/str.h"
#include "stile/urlencoded.h"
#include "gate/contract.h"
#include "base/banned.h"

/* ---- values ----------------------------------------------------------------- */

void
contract_write(struct stile_buf *b, const struct node *n)
{
	const struct node	*p;

	if (n->kind == NODE_SCALAR) {
		stile_json_write(b, n->v);
		return;
	}
	stile_buf_putc(b, n->kind == NODE_ARRAY ? '[' : '{');
	for (p = n->first; p != NULL; p = p->next) {
		if (p != n->first)
			stile_buf_putc(b, ',');
		if (n->kind == NODE_OBJECT) {
			stile_json_write_str(b, stile_str(p->name));
			stile_buf_putc(b, ':');
		}
		contract_write(b, p);
	}
	stile_buf_putc(b, n->kind == NODE_ARRAY ? ']' : '}');
}

const char *
contract_as_text(struct contract *c, const struct node *n)
{
	struct stile_buf	*b;

	if (n->kind == NODE_SCALAR && n->v.type == STILE_TEXT)
		return n->v.u.s.p;
	if ((b = stile_buf_new(c->arena, SIZE_MAX)) == NULL)
		return NULL;
	contract_write(b, n);
	return stile_buf_err(b) == STILE_OK ? stile_buf_view(b).p : NULL;
}

/* ---- a request ----------------------------------------------------------------- */

struct writer {
	struct contract		*c;
	const struct plan	*plan;
	const struct input	*in;
	struct sent		*sent;
	struct stile_buf	*target;
};

static const struct node *
find(const struct node *params, struct stile_str name, enum stile_in in)
{
	const struct node	*p;

	for (p = params->first; p != NULL; p = p->next)
		if (p->row != NULL && p->row->in == in &&
		    stile_str_eq(stile_str(p->name), name))
			return p;
	return NULL;
}

/* The slashes of {rest:path} stay. */
static void
put_span(struct stile_buf *b, const char *text)
{
	struct stile_str	rest = stile_str(text), seg;
	const char		*sep = "";

	for (; stile_str_cut(&rest, '/', &seg); sep = "/") {
		stile_buf_puts(b, sep);
		stile_enc_percent(b, seg);
	}
}

static void
put_path(struct writer *w)
{
	const struct pattern	*p = &w->plan->route->pattern;
	const struct part	*part;
	const struct node	*n;
	const char		*text;
	size_t			 i;

	for (i = 0; i < p->n; i++) {
		part = &p->parts[i];
		stile_buf_putc(w->target, '/');
		stile_enc_percent(w->target, part->prefix);
		if (part->conv == NULL)
			continue;
		n = find(w->in->params, part->name, STILE_IN_PATH);
		text = n != NULL ? contract_as_text(w->c, n) : NULL;
		if (text != NULL && part->conv->spans)
			put_span(w->target, text);
		else if (text != NULL)
			stile_enc_percent(w->target, stile_str(text));
		stile_enc_percent(w->target, part->suffix);
	}
	if (p->slash || p->n == 0)
		stile_buf_putc(w->target, '/');
}

/* A list is the same name again and again. */
static void
put_pairs(struct writer *w, struct stile_buf *b, const struct node *n)
{
	const struct node	*p;
	const char		*text;

	if (n->kind == NODE_ARRAY) {
		for (p = n->first; p != NULL; p = p->next)
			if ((text = contract_as_text(w->c, p)) != NULL)
				stile_urlencoded_add(b, stile_str(n->name),
				    stile_str(text));
		return;
	}
	if ((text = contract_as_text(w->c, n)) != NULL)
		stile_urlencoded_add(b, stile_str(n->name), stile_str(text));
}

static void
put_query(struct writer *w)
{
	struct stile_buf	*b = stile_buf_new(w->c->arena, SIZE_MAX);
	const struct node	*p;

	if (b == NULL) {
		w->c->nomem = true;
		return;
	}
	for (p = w->in->params->first; p != NULL; p = p->next)
		if (p->row == NULL || p->row->in == STILE_IN_QUERY)
			put_pairs(w, b, p);
	if (stile_buf_view(b).len > 0)
		stile_buf_putc(w->target, '?');
	stile_buf_str(w->target, stile_buf_view(b));
}

static void
put_field(struct writer *w, const char *name, const char *value)
{
	if (name == NULL || value == NULL)
		w->c->nomem = true;
	else if (w->sent->nfields < CONTRACT_FIELDS) {
		w->sent->fields[w->sent->nfields].name = name;
		w->sent->fields[w->sent->nfields++].value = value;
	}
}

/* "a, b"; and of cookies "n=a; n=b". */
static void
put_list(struct writer *w, struct stile_buf *b, const struct node *n,
    const char *name, const char *sep)
{
	const struct node	*p = n->kind == NODE_ARRAY ? n->first : n;
	const char		*text;

	for (; p != NULL; p = n->kind == NODE_ARRAY ? p->next : NULL) {
		if ((text = contract_as_text(w->c, p)) == NULL)
			continue;
		stile_buf_printf(b, "%s%s%s%s",
		    stile_buf_view(b).len > 0 ? sep : "", name,
		    *name != '\0' ? "=" : "", text);
	}
}

static void
put_fields(struct writer *w)
{
	struct stile_buf	*cookies, *field;
	const struct node	*p;

	if ((cookies = stile_buf_new(w->c->arena, SIZE_MAX)) == NULL) {
		w->c->nomem = true;
		return;
	}
	for (p = w->in->params->first; p != NULL; p = p->next) {
		if (p->row != NULL && p->row->in == STILE_IN_COOKIE)
			put_list(w, cookies, p, p->name, "; ");
		if (p->row == NULL || p->row->in != STILE_IN_HEADER)
			continue;
		if ((field = stile_buf_new(w->c->arena, SIZE_MAX)) == NULL) {
			w->c->nomem = true;
			return;
		}
		put_list(w, field, p, "", ", ");
		put_field(w, p->name, stile_buf_view(field).p);
	}
	if (stile_buf_view(cookies).len > 0)
		put_field(w, "Cookie", stile_buf_view(cookies).p);
}

static void
put_line(struct writer *w, const char *line)
{
	struct stile_str	name, rest = stile_str(line);

	if (stile_str_cut(&rest, ':', &name) && rest.p != NULL)
		put_field(w, stile_arena_dup(w->c->arena, name),
		    stile_arena_dup(w->c->arena, stile_str_trim(rest)));
}

/* Those that every request has, and who sends it. */
static void
put_own_fields(struct writer *w)
{
	const char *const	*p = w->c->how->headers;

	for (; p != NULL && *p != NULL; p++)
		put_line(w, *p);
	if (w->in->who != NULL)
		put_line(w, w->in->who);
}

#define BOUNDARY	"contract"

static bool
is_file(const struct stile_schema *row)
{
	const struct stile_schema	*s = stile__schema_of(row);

	if (s->type == STILE_ARRAY && s->items != NULL)
		s = stile__schema_of(s->items);
	return s->type == STILE_FILE;
}

/* A form that may have files is one of several parts: RFC 7578. */
static bool
is_multipart(const struct input *in)
{
	const struct stile_schema	*p;

	p = stile__schema_of(in->body->row)->properties;
	for (; in->form && p != NULL && p->name != NULL; p++)
		if (is_file(p))
			return true;
	return false;
}

static void
put_part(struct writer *w, struct stile_buf *b, const struct node *n,
    const char *name)
{
	const struct node	*p;
	const char		*text;

	if (n->kind == NODE_ARRAY) {
		for (p = n->first; p != NULL; p = p->next)
			put_part(w, b, p, name);
		return;
	}
	if ((text = contract_as_text(w->c, n)) == NULL)
		return;
	stile_buf_printf(b, "--" BOUNDARY "\r\nContent-Disposition: "
	    "form-data; name=\"%s\"", name);
	if (n->row != NULL && is_file(n->row))
		stile_buf_puts(b, "; filename=\"file.txt\"\r\n"
		    "Content-Type: text/plain");
	stile_buf_puts(b, "\r\n\r\n");
	stile_buf_puts(b, text);
	stile_buf_puts(b, "\r\n");
}

static void
put_parts(struct writer *w, struct stile_buf *b)
{
	const struct node	*p;

	for (p = w->in->body->first; p != NULL; p = p->next)
		put_part(w, b, p, p->name);
	stile_buf_puts(b, "--" BOUNDARY "--\r\n");
	w->sent->type = "multipart/form-data; boundary=" BOUNDARY;
	w->sent->body = stile_buf_view(b);
	w->c->nomem = w->c->nomem || stile_buf_err(b) != STILE_OK;
}

static void
put_body(struct writer *w)
{
	const struct input	*in = w->in;
	struct stile_buf	*b;
	const struct node	*p;

	if (in->raw != NULL) {
		w->sent->body = stile_str(in->raw);
		w->sent->type = in->type;
		return;
	}
	if (in->body == NULL)
		return;
	if ((b = stile_buf_new(w->c->arena, SIZE_MAX)) == NULL) {
		w->c->nomem = true;
		return;
	}
	if (is_multipart(in)) {
		put_parts(w, b);
		return;
	}
	if (!in->form)
		contract_write(b, in->body);
	for (p = in->body->first; in->form && p != NULL; p = p->next)
		put_pairs(w, b, p);
	w->sent->type = in->form ? "application/x-www-form-urlencoded" :
	    w->plan->patch ? "application/merge-patch+json" :
	    "application/json";
	w->sent->body = stile_buf_view(b);
	w->c->nomem = w->c->nomem || stile_buf_err(b) != STILE_OK;
}

const struct stile_answer *
contract_send(struct contract *c, const struct sent *s)
{
	const struct stile_answer	*a;
	size_t				 i;

	for (i = 0; i < s->nfields; i++)
		if (stile_client_header(c->client, s->fields[i].name,
		    s->fields[i].value) != STILE_OK)
			c->nomem = true;
	c->nsent++;
	a = stile_client_send(c->client, s->method, s->target, s->type,
	    s->body.p, s->body.len);
	for (i = 0; i < s->nfields; i++)
		stile_client_header(c->client, s->fields[i].name, NULL);
	if (a == NULL)
		c->nomem = true;
	return a;
}

bool
contract_encode(struct contract *c, const struct plan *plan,
    const struct input *in, struct sent *sent)
{
	struct writer	w = { c, plan, in, sent, NULL };

	*sent = (struct sent){ .method = in->method };
	if ((w.target = stile_buf_new(c->arena, SIZE_MAX)) == NULL) {
		c->nomem = true;
		return false;
	}
	put_path(&w);
	put_query(&w);
	put_own_fields(&w);
	put_fields(&w);
	put_body(&w);
	sent->target = stile_buf_view(w.target).p;
	if (stile_buf_err(w.target) != STILE_OK)
		c->nomem = true;
	return !c->nomem;
}

/* ---- for a shell ------------------------------------------------------------------ */

/* In single quotes; and as $'' what they cannot hold on one line. */
static void
put_quoted(struct stile_buf *b, struct stile_str s)
{
	bool	odd = false;
	size_t	i;

	for (i = 0; i < s.len; i++)
		odd = odd || (unsigned char)s.p[i] < 0x20 || s.p[i] == '\'' ||
		    s.p[i] == 0x7F;
	stile_buf_puts(b, odd ? "$'" : "'");
	for (i = 0; i < s.len; i++)
		if (odd && (s.p[i] == '\'' || s.p[i] == '\\'))
			stile_buf_printf(b, "\\%c", s.p[i]);
		else if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F)
			stile_buf_printf(b, "\\x%02x", (unsigned char)s.p[i]);
		else
			stile_buf_putc(b, s.p[i]);
	stile_buf_putc(b, '\'');
}

static void
put_option(struct stile_buf *b, const char *option, const char *name,
    const char *value)
{
	stile_buf_printf(b, " %s '%s: ", option, name);
	stile_buf_puts(b, value);
	stile_buf_putc(b, '\'');
}

const char *
contract_curl(struct contract *c, const struct sent *s)
{
	struct stile_buf	*b = stile_buf_new(c->arena, SIZE_MAX);
	struct stile_buf	*url = stile_buf_new(c->arena, SIZE_MAX);
	size_t			 i;

	if (b == NULL || url == NULL)
		return "(no memory)";
	stile_buf_puts(b, "curl");
	if (strcmp(s->method, "HEAD") == 0)
		stile_buf_puts(b, " -I");
	else if (strcmp(s->method, "GET") != 0)
		stile_buf_printf(b, " -X %s", s->method);
	for (i = 0; i < s->nfields; i++)
		put_option(b, "-H", s->fields[i].name, s->fields[i].value);
	if (s->type != NULL) {
		put_option(b, "-H", "Content-Type", s->type);
		stile_buf_puts(b, " --data-binary ");
		put_quoted(b, s->body);
	}
	stile_buf_printf(url, "http://localhost%s", s->target);
	stile_buf_putc(b, ' ');
	put_quoted(b, stile_buf_view(url));
	return stile_buf_err(b) == STILE_OK ? stile_buf_view(b).p :
	    "(no memory)";
}
