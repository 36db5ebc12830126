/* SPDX-License-Identifier: ISC */
/*
 * Django's validators, where the library checks the same: numbers, addresses,
 * hosts, slugs, lengths.  tests/conf/vectors.txt says what it has nothing for.
 */
#include "app.h"

#include "stile/num.h"
#include "app/pattern.h"
#include "http/proxy.h"

#define FILE_NAME	"django_validators.json"

static struct json_object	*file, *cases;
static struct stile_arena	*arena;

static void
setup(void)
{
	file = vectors(FILE_NAME);
	cases = json_object_object_get(json_object_object_get(file, "cases"),
	    "validators");
	arena = stile_arena_new(0);
}

static void
teardown(void)
{
	stile_arena_free(arena);
	json_object_put(file);
}

TestSuite(validators, .init = setup, .fini = teardown);

/* The next case of a validator from *i on, or NULL. */
static struct json_object *
next_case(size_t *i, const char *validator)
{
	struct json_object	*c;

	while (*i < json_object_array_length(cases)) {
		c = json_object_array_get_idx(cases, (*i)++);
		if (strcmp(json_object_get_string(json_object_object_get(c,
		    "validator")), validator) == 0)
			return c;
	}
	return NULL;
}

static bool
is_valid(struct json_object *c)
{
	return json_object_get_boolean(json_object_object_get(c, "valid"));
}

/* As it comes in a parameter; null is as good as an empty one. */
static const char *
value_of(struct json_object *c)
{
	struct json_object	*v = json_object_object_get(c, "value"), *m;

	if (json_object_object_get_ex(v, "decimal", &m))
		v = m;
	return v != NULL ? json_object_get_string(v) : "";
}

static struct json_object *
limit_of(struct json_object *c)
{
	return json_object_object_get(json_object_object_get(c, "options"),
	    "limit_value");
}

/* "Enter a valid integer.", or NULL. */
static const char *
message_of(struct json_object *c)
{
	return json_object_get_string(json_object_array_get_idx(
	    json_object_object_get(c, "messages"), 0));
}

/* ---- numbers ------------------------------------------------------------- */

static bool
is_int(const char *s)
{
	int64_t	v;

	return stile_num_int(stile_str(s), INT64_MIN, INT64_MAX, &v) ==
	    STILE_OK;
}

/* "1,2,3", each with no blanks around it. */
static bool
are_ints(const char *s)
{
	struct stile_str	rest = stile_str(s), item;
	int64_t			v;

	while (stile_str_cut(&rest, ',', &item))
		if (stile_num_int(item, 0, INT64_MAX, &v) != STILE_OK)
			return false;
	return true;
}

/* The converter {s:slug} of routes. */
static bool
is_slug(const char *s)
{
	static struct pattern	p;
	struct convs		cs;
	struct stile_str	inner;
	struct stile_value	v;

	if (p.n == 0) {
		cr_assert_eq(convs_new(arena, &cs, NULL), STILE_OK);
		cr_assert_eq(pattern_parse(arena, &cs, "/{s:slug}", &p, NULL),
		    STILE_OK);
	}
	return part_match(&p.parts[0], stile_str(s), &inner, &v);
}

/*
 * The expressions themselves are not recorded: one is known by the message of
 * the next value that it refuses.
 */
Test(validators, expressions)
{
	static const struct {
		const char	*message;
		bool		(*accepts)(const char *);
		const char	*but;		/* is refused here */
	} kinds[] = {
		{ "Enter a valid integer.", is_int, NULL },
		{ "Enter a valid \xE2\x80\x9Cslug\xE2\x80\x9D consisting of "
		    "letters, numbers, underscores or hyphens.", is_slug,
		    NULL },
		/* Ours are of ASCII only. */
		{ "Enter a valid \xE2\x80\x9Cslug\xE2\x80\x9D consisting of "
		    "Unicode letters, numbers, underscores, or hyphens.",
		    is_slug, "\xE4\xBD\xA0\xE5\xA5\xBD" },
		{ "Enter only digits separated by commas.", are_ints, NULL },
	};
	struct json_object	*c, *refused;
	size_t			 i = 0, k, next, played = 0;
	bool			 want;

	while ((c = next_case(&i, "RegexValidator")) != NULL) {
		for (next = i, refused = c; refused != NULL &&
		    is_valid(refused);)
			refused = next_case(&next, "RegexValidator");
		for (k = 0; refused != NULL && k < NELEM(kinds); k++)
			if (strcmp(kinds[k].message, message_of(refused)) == 0)
				break;
		if (refused == NULL || k == NELEM(kinds))
			continue;
		want = is_valid(c) && (kinds[k].but == NULL ||
		    strcmp(kinds[k].but, value_of(c)) != 0);
		cr_expect_eq(kinds[k].accepts(value_of(c)), want, "%s: %s",
		    kinds[k].message, value_of(c));
		played++;
	}
	vectors_played(FILE_NAME, "RegexValidator", played);
}

/* A bound that is a number; the others are times. */
static size_t
play_bounds(const char *validator, bool is_max)
{
	struct json_object	*c, *limit;
	size_t			 i = 0, played = 0;
	int64_t			 v, bound;

	while ((c = next_case(&i, validator)) != NULL) {
		limit = limit_of(c);
		if (!json_object_is_type(limit, json_type_int))
			continue;
		bound = json_object_get_int64(limit);
		cr_expect_eq(stile_num_int(stile_str(value_of(c)),
		    is_max ? INT64_MIN : bound, is_max ? bound : INT64_MAX,
		    &v), is_valid(c) ? STILE_OK : STILE_ERANGE, "%s %s",
		    validator, value_of(c));
		played++;
	}
	return played;
}

Test(validators, bounds)
{
	vectors_played(FILE_NAME, "MaxValueValidator",
	    play_bounds("MaxValueValidator", true));
	vectors_played(FILE_NAME, "MinValueValidator",
	    play_bounds("MinValueValidator", false));
}

/* What is a number at all; how many digits it may have, nobody asks here. */
Test(validators, decimals)
{
	struct json_object	*c;
	size_t			 i = 0, played = 0;
	double			 d;

	while ((c = next_case(&i, "DecimalValidator")) != NULL) {
		if (!is_valid(c) &&
		    strcmp(message_of(c), "Enter a number.") != 0)
			continue;
		cr_expect_eq(stile_num_double(stile_str(value_of(c)), &d),
		    is_valid(c) ? STILE_OK : STILE_ESYNTAX, "%s", value_of(c));
		played++;
	}
	vectors_played(FILE_NAME, "DecimalValidator", played);
}

/* ---- text ---------------------------------------------------------------- */

static size_t	length_min, length_max;

static int
take_text(struct stile_req *r)
{
	return stile_send_text(r, 200, stile_member_text(r, stile_json(r), "v",
	    length_min, length_max));
}

static int
take_any(struct stile_req *r)
{
	return stile_send_text(r, 200, "any\n");
}

static const struct stile_route	routes[] = {
	{ "POST", "/text", take_text, .name = "text" },
	{ "GET", "/", take_any, .name = "any" },
	{ 0 }
};
static const struct stile_app	app = { .name = "demo", .routes = routes };

/* Each value as a member of a JSON object. */
static void
play_text(struct stile_client *client, const char *validator, size_t *min,
    size_t *max)
{
	struct json_object		*c, *o;
	const struct stile_answer	*a;
	size_t				 i = 0, played = 0;
	bool				 is_text;

	while ((c = next_case(&i, validator)) != NULL) {
		length_min = 0;
		length_max = SIZE_MAX;
		if (min != NULL)
			*min = (size_t)json_object_get_int64(limit_of(c));
		if (max != NULL)
			*max = (size_t)json_object_get_int64(limit_of(c));
		o = json_object_new_object();
		json_object_object_add(o, "v", json_object_get(
		    json_object_object_get(c, "value")));
		a = stile_client_json(client, "POST", "/text",
		    json_object_to_json_string(o));
		/* null is no text, which Django leaves to others to say. */
		is_text = json_object_object_get(o, "v") != NULL;
		EXPECT_ANSWER(a, is_valid(c) && is_text ? 200 : 422,
		    is_valid(c) && is_text ? value_of(c) : NULL, "%s %s",
		    validator, value_of(c));
		json_object_put(o);
		played++;
	}
	vectors_played(FILE_NAME, validator, played);
}

Test(validators, text)
{
	struct stile_client	*client = CLIENT(&app,);

	play_text(client, "MinLengthValidator", &length_min, NULL);
	play_text(client, "MaxLengthValidator", NULL, &length_max);
	play_text(client, "ProhibitNullCharactersValidator", NULL, NULL);
	stile_client_free(client);
}

/* ---- addresses and hosts ------------------------------------------------- */

/* As the setting "proxies" takes them. */
static void
play_addresses(const char *validator, bool four, bool six)
{
	struct json_object	*c;
	const char		*s;
	size_t			 i = 0, played = 0;
	bool			 is_six, ok;

	while ((c = next_case(&i, validator)) != NULL) {
		s = value_of(c);
		is_six = strchr(s, ':') != NULL;
		ok = stile__proxies_wrong(s).p == NULL;
		cr_expect_eq(ok && (is_six ? six : four), is_valid(c), "%s %s",
		    validator, s);
		played++;
	}
	vectors_played(FILE_NAME, validator, played);
}

Test(validators, addresses)
{
	play_addresses("validate_ipv4_address", true, false);
	play_addresses("validate_ipv6_address", false, true);
	play_addresses("validate_ipv46_address", true, true);
}

/* "example.com:80" of "http://user@example.com:80/x?y#z" */
static const char *
host_of(const char *url)
{
	const char	*host = strstr(url, "://") + 3, *p;
	size_t		 n = strcspn(host, "/?#");

	for (p = host; p < host + n; p++)
		if (*p == '@') {
			n -= (size_t)(p + 1 - host);
			host = p + 1;
		}
	return stile_arena_dup(arena, (struct stile_str){ host, n });
}

/*
 * Whatever host a URL may have is a Host that a browser sends.  Names beyond
 * ASCII are not: browsers send them as xn--....
 */
Test(validators, hosts)
{
	struct stile_client		*client = CLIENT(&app, "hosts=*",);
	const struct stile_answer	*a;
	struct json_object		*c;
	const char			*host;
	size_t				 i = 0, played = 0;
	bool				 ascii;

	while ((c = next_case(&i, "URLValidator")) != NULL) {
		if (!is_valid(c))
			continue;
		host = host_of(value_of(c));
		ascii = stile_utf8_length(stile_str(host)) == strlen(host);
		stile_client_header(client, "Host", host);
		a = stile_client_get(client, "/");
		EXPECT_ANSWER(a, ascii ? 200 : 400, NULL, "%s", host);
		played++;
	}
	vectors_played(FILE_NAME, "URLValidator", played);
	stile_client_free(client);
}
