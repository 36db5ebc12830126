/* SPDX-License-Identifier: ISC */
/*
 * Texts that fit a schema: of the lengths at its bounds, with characters of one
 * to four bytes, of its form, its choices or its pattern.  Of patterns, only
 * what most of them are made of is understood; what comes out is held against
 * the pattern itself before it is used.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/base64.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "gate/contract.h"
#include "base/banned.h"

#define TRIES		24
#define LENGTH		24	/* characters, where there is no bound */
#define LENGTH_MAX	70000	/* at a bound */
#define LENGTH_URL_MAX	1500	/* and in a URL */
#define REPEAT		3	/* of what a pattern repeats without an end */

/* ---- characters ------------------------------------------------------------ */

/* Each is one code point. */
static const char *const	plain[] = {
	"a", "b", "m", "x", "z", "A", "Q", "0", "1", "7", "9"
};
static const char *const	many_bytes[] = {
	"\xC3\xA9", "\xC3\x9F", "\xCE\xA9", "\xD0\x96",		/* two */
	"\xD7\x90", "\xE4\xB8\xAD", "\xED\x95\x9C",		/* and three */
	"e", "\xCC\x81",					/* combining */
	"\xF0\x9F\x91\x8D", "\xF0\x9F\x87\xA9", "\xE2\x80\x8D",	/* emoji */
	"\xEF\xBF\xBD", "\xF4\x8F\xBF\xBF",
};
static const char *const	special[] = {
	"\"", "\\", "<", ">", "&", "'", "%", "+", ";", "=", "?", "#", ",",
	"{", "}", "_", "-", ".", "~", "$", "*", ":", "@", "!", "(", "|",
};
static const char *const	blank[] = { " ", "\t", "\n", "\r", "\x7F", "\x01" };

#define PICK(m, list)	((list)[contract_below((m)->dice, NELEM(list))])

static const char *
character(struct maker *m, unsigned kind, bool blanks)
{
	if (m->alphabet == ALPHABET_TOKEN)
		return PICK(m, plain);
	switch (kind) {
	case 0:
		return PICK(m, plain);
	case 1:
		return PICK(m, many_bytes);
	case 2:
		return PICK(m, special);
	default:
		return blanks && m->alphabet != ALPHABET_PATH ?
		    PICK(m, blank) : PICK(m, plain);
	}
}

const char *
contract_chars(struct maker *m, size_t n, bool blanks)
{
	struct stile_buf	*b = stile_buf_new(m->c->arena, SIZE_MAX);
	const size_t		 kinds = 1 + contract_below(m->dice, 4);
	size_t			 i;

	if (b == NULL) {
		m->c->nomem = true;
		return NULL;
	}
	for (i = 0; i < n; i++)
		stile_buf_puts(b, character(m, (unsigned)contract_below(
		    m->dice, kinds), blanks));
	if (stile_buf_err(b) != STILE_OK) {
		m->c->nomem = true;
		return NULL;
	}
	return stile_buf_view(b).p;
}

/* ---- lengths ------------------------------------------------------------------- */

static size_t
make_length(struct maker *m, const struct stile_schema *s)
{
	const int64_t	ceiling = m->alphabet == ALPHABET_JSON ? LENGTH_MAX :
			    LENGTH_URL_MAX;
	int64_t		min = s->min > 0 ? s->min : 0, max = min + LENGTH, n;

	/* An empty one is a parameter that is not there. */
	if (min == 0 && m->alphabet != ALPHABET_JSON)
		min = 1;
	if (stile__has_max(s->min, s->max))
		max = s->max;
	switch (contract_below(m->dice, 6)) {
	case 0:
		n = min;
		break;
	case 1:
		n = min + 1;
		break;
	case 2:
		n = max;
		break;
	case 3:
		n = max - 1;
		break;
	default:
		n = min + (int64_t)contract_below(m->dice, LENGTH);
		break;
	}
	/* The longest ones are slow, so that they are few. */
	if (n > ceiling || (n > 2000 && !contract_one_in(m->dice, 8)))
		n = min + LENGTH;
	return (size_t)(n > max ? max : n < min ? min : n);
}

/* ---- forms ---------------------------------------------------------------------- */

static const char *const	dates[] = { "2026-11-22", "2000-02-29",
    "1970-01-01", "1969-12-31", "9999-12-31", "0001-01-01", NULL };
static const char *const	date_times[] = { "2026-11-22T10:00:00Z",
    "1970-01-01T00:00:00Z", "2026-11-22T10:00:00.123+02:00",
    "2000-02-29T23:59:59Z", "1969-12-31T23:59:59Z", NULL };
static const char *const	times[] = { "10:00:00Z", "00:00:00Z",
    "23:59:59Z", "12:30:00+05:30", NULL };
static const char *const	durations[] = { "PT1H30M", "PT0S", "P1D",
    "P2W", "PT36H", NULL };
static const char *const	emails[] = { "a@example.org", "a@b.example",
    "first.last+tag@mail.example.org", NULL };
static const char *const	uris[] = { "https://example.org/a?b=c#d",
    "http://[::1]:8080/", "urn:isbn:0451450523", "mailto:a@example.org", NULL };
static const char *const	uuids[] = {
    "f81d4fae-7dec-41d0-a765-00a0c91e6bf6",
    "00000000-0000-0000-0000-000000000000",
    "FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF", NULL };
static const char *const	slugs[] = { "a", "abc-1_2", "0", "A-Z", "-",
    "a-longer-one-with-30-characters", NULL };

static const char *const *
forms_of(enum stile_schema_type type)
{
	switch (type) {
	case STILE_DATE:
		return dates;
	case STILE_DATE_TIME:
		return date_times;
	case STILE_TIME_OF_DAY:
		return times;
	case STILE_DURATION:
		return durations;
	case STILE_EMAIL:
		return emails;
	case STILE_URI:
		return uris;
	case STILE_UUID:
		return uuids;
	case STILE_SLUG:
		return slugs;
	default:
		return NULL;
	}
}

static const char *
pick(struct maker *m, const char *const *list)
{
	size_t	n = 0;

	while (list[n] != NULL)
		n++;
	return n > 0 ? list[contract_below(m->dice, n)] : NULL;
}

static const char *
make_bytes(struct maker *m, const struct stile_schema *s)
{
	struct stile_buf	*b = stile_buf_new(m->c->arena, SIZE_MAX);
	const size_t		 n = make_length(m, s);
	char			*p = stile_arena_alloc(m->c->arena, n + 1, 1);
	size_t			 i;

	if (b == NULL || p == NULL)
		return NULL;
	for (i = 0; i < n; i++)
		p[i] = (char)contract_roll(m->dice);
	stile_base64_encode(b, (struct stile_str){ p, n }, STILE_BASE64_STD);
	return stile_buf_err(b) == STILE_OK ? stile_buf_view(b).p : NULL;
}

/* ---- patterns ----------------------------------------------------------------------- */

/* A pattern as it is read; at NULL it is too much for us. */
struct reader {
	struct maker		*m;
	const char		*at;
	struct stile_buf	*out;	/* NULL: only read past it */
	size_t			 depth;
};

static void	read_choices(struct reader *);

static void
put_char(struct reader *r, int c)
{
	if (r->out != NULL && c > 0)
		stile_buf_putc(r->out, (char)c);
}

/* What a letter behind a backslash stands for, some of it. */
static const char *
class_of(char c)
{
	switch (c) {
	case 'd':
		return "0123456789";
	case 'w':
		return "abcxyzABCXYZ0189_";
	case 's':
		return " ";
	default:
		return NULL;
	}
}

static void
put_one_of(struct reader *r, const char *set)
{
	put_char(r, set[contract_below(r->m->dice, strlen(set))]);
}

/* "[a-z_]"; its members of ASCII, from which one is taken. */
static void
read_set(struct reader *r)
{
	char		 set[128], in[128] = { 0 };
	const char	*p = r->at + 1, *class;
	bool		 not = *p == '^';
	int		 c, to;
	size_t		 n = 0;

	for (p += not; *p != ']' && *p != '\0'; p++) {
		class = NULL;
		if (*p == '\\') {
			class = class_of(*++p);
			if (class == NULL && strchr("DWSbBpPux", *p) != NULL)
				break;
		}
		for (; class != NULL && *class != '\0'; class++)
			in[(unsigned char)*class & 127] = 1;
		if (class != NULL)
			continue;
		c = to = (unsigned char)*p;
		if (p[1] == '-' && p[2] != ']' && p[2] != '\0' && p[2] != '\\') {
			to = (unsigned char)p[2];
			p += 2;
		}
		for (; c <= to && c < 128; c++)
			in[c] = 1;
	}
	if (*p != ']') {
		r->at = NULL;
		return;
	}
	for (c = 0x20; c < 0x7F; c++)
		if (in[c] != not)
			set[n++] = (char)c;
	set[n] = '\0';
	r->at = n > 0 ? p + 1 : NULL;
	if (n > 0)
		put_one_of(r, set);
}

static void
read_group(struct reader *r)
{
	if (r->at[1] == '?') {
		if (r->at[2] != ':') {
			r->at = NULL;
			return;
		}
		r->at += 2;
	}
	r->at++;
	if (++r->depth > 20) {
		r->at = NULL;
		return;
	}
	read_choices(r);
	r->depth--;
	r->at = r->at != NULL && *r->at == ')' ? r->at + 1 : NULL;
}

static void
read_atom(struct reader *r)
{
	const char	*class;

	switch (*r->at) {
	case '(':
		read_group(r);
		return;
	case '[':
		read_set(r);
		return;
	case '^':
	case '$':
		r->at++;
		return;
	case '.':
		put_one_of(r, "aZ0-_x");
		r->at++;
		return;
	case '\\':
		class = class_of(r->at[1]);
		if (class != NULL)
			put_one_of(r, class);
		else if (r->at[1] == '\0' || strchr(
		    "DWSbBpPuxcknrtfv0123456789", r->at[1]) != NULL) {
			r->at = NULL;
			return;
		} else
			put_char(r, r->at[1]);
		r->at += 2;
		return;
	default:
		put_char(r, (unsigned char)*r->at++);
		return;
	}
}

/* "{2,5}", "{2,}" or "{2}"; false if it is none. */
static bool
read_range(const char **at, size_t *low, size_t *high)
{
	const char	*p = *at + 1;

	for (*low = 0; ascii_digit(*p) && *low < 10000; p++)
		*low = *low * 10 + (size_t)(*p - '0');
	*high = *low;
	if (*p == ',') {
		p++;
		*high = *low + REPEAT;
		if (ascii_digit(*p))
			for (*high = 0; ascii_digit(*p) && *high < 10000; p++)
				*high = *high * 10 + (size_t)(*p - '0');
	}
	if (*p != '}' || *high < *low)
		return false;
	*at = p + 1;
	return true;
}

static void
read_repeated(struct reader *r)
{
	const char		*start = r->at, *end;
	struct stile_buf	*out = r->out;
	size_t			 low = 1, high = 1, n;

	/* Past it first, to see how often it comes. */
	r->out = NULL;
	read_atom(r);
	r->out = out;
	if (r->at == NULL)
		return;
	end = r->at;
	if (*end == '*' || *end == '+' || *end == '?') {
		low = *end == '+';
		high = *end == '?' ? 1 : low + REPEAT;
		end++;
	} else if (*end == '{' && !read_range(&end, &low, &high)) {
		r->at = NULL;
		return;
	}
	if (*end == '?')
		end++;
	n = low + contract_below(r->m->dice, high - low + 1);
	if (n > 0 && out == NULL)
		n = 1;
	for (; n > 0; n--) {
		r->at = start;
		read_atom(r);
		if (r->at == NULL)
			return;
	}
	r->at = end;
}

static void
read_row(struct reader *r)
{
	while (r->at != NULL && *r->at != '\0' && *r->at != '|' &&
	    *r->at != ')') {
		if (strchr("*+?{", *r->at) != NULL) {
			r->at = NULL;
			return;
		}
		read_repeated(r);
	}
}

/* One of the alternatives; the others are read past. */
static void
read_choices(struct reader *r)
{
	struct stile_buf	*out = r->out;
	const char		*start = r->at;
	size_t			 n = 0, take;

	r->out = NULL;
	for (;; r->at++) {
		read_row(r);
		n++;
		if (r->at == NULL || *r->at != '|')
			break;
	}
	if (r->at == NULL || out == NULL)
		return;
	take = contract_below(r->m->dice, n);
	r->at = start;
	for (n = 0;; r->at++, n++) {
		r->out = n == take ? out : NULL;
		read_row(r);
		if (r->at == NULL || *r->at != '|')
			break;
	}
	r->out = out;
}

const char *
contract_pattern(struct maker *m, const char *pattern)
{
	struct reader	r = { .m = m, .at = pattern };

	if ((r.out = stile_buf_new(m->c->arena, 100000)) == NULL) {
		m->c->nomem = true;
		return NULL;
	}
	read_choices(&r);
	if (r.at == NULL || *r.at != '\0' || stile_buf_err(r.out) != STILE_OK)
		return NULL;
	return stile_buf_view(r.out).p;
}

/* ---- any text ------------------------------------------------------------------------- */

static const char *
candidate(struct maker *m, const struct stile_schema *row, int try)
{
	const struct stile_schema	*s = stile__schema_of(row);

	if (s->choices != NULL)
		return pick(m, s->choices);
	if (forms_of(s->type) != NULL && try < TRIES / 2)
		return pick(m, forms_of(s->type));
	if (s->pattern != NULL && try < TRIES / 2)
		return contract_pattern(m, s->pattern);
	if (try >= TRIES - 4)
		return try % 2 == 0 ? row->example : row->absent;
	if (s->type == STILE_BINARY)
		return make_bytes(m, s);
	return contract_chars(m, make_length(m, s), !s->trim);
}

/* Whether it comes over where it has to go as it is. */
static bool
comes_over(struct maker *m, const char *s)
{
	if (m->alphabet == ALPHABET_JSON)
		return true;
	if (*s == '\0')
		return false;
	if (m->alphabet != ALPHABET_TOKEN)
		return true;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7F ||
		    strchr(",;\"\\", *s) != NULL)
			return false;
	return true;
}

const char *
contract_text(struct maker *m, const struct stile_schema *row)
{
	const struct stile_schema	*s = stile__schema_of(row);
	const char			*text;
	int				 i;

	for (i = 0; i < TRIES; i++) {
		text = candidate(m, row, i);
		if (text != NULL && comes_over(m, text) &&
		    contract_fits(m->c, s, stile_text(text)))
			return text;
	}
	return NULL;
}
