/* SPDX-License-Identifier: ISC */
/*
 * A JSON object of 1 KiB with ten members, checked by a schema and put into a
 * struct: beside what json-c takes to parse it.
 *
 *	make bench && tests/bench/validate [ROUNDS]
 *
 * in a build without sanitizers and --enable-arena-debug.  All have the same
 * text, and a turn in each round; a checked tree may have changed, so each
 * check has a fresh one, which is made and freed outside of its time.
 *
 *	json-c	 json_tokener_parse_ex() alone
 *	parse	 stile_json_parse(): that, and what it checks before
 *	schema	 stile_validate() with all keywords, into a struct
 */
#include "base/priv.h"

#include <err.h>
#include <json-c/json.h>
#include <time.h>

#include "stile/arena.h"
#include "stile/json.h"
#include "stile/num.h"
#include "stile/schema.h"
#include "stile/str.h"
#include "median.h"

#define RUNS		200		/* a turn */
#define ROUNDS_MAX	1000

struct address {
	const char	*street, *city, *code;
};

struct order {
	const char		*name, *reference, *email, *text;
	int			 amount;
	double			 price;
	bool			 paid;
	int64_t			 due;
	int			 state;
	struct stile_items	 tags;
	struct address		 address;
};

static const struct stile_schema address_properties[] = {
	{ "street", STILE_STRING, STILE_AT(struct address, street),
	    .required = true, .max = 100 },
	{ "city", STILE_STRING, STILE_AT(struct address, city),
	    .required = true, .max = 50 },
	{ "code", STILE_STRING, STILE_AT(struct address, code),
	    .pattern = "^[0-9]{4,5}$" },
	{ 0 }
};

static const struct stile_schema address = {
	"Address", STILE_OBJECT, .properties = address_properties,
	.size = sizeof(struct address),
};

static const struct stile_schema tag = {
	.type = STILE_STRING, .min = 1, .max = 20,
};

static const struct stile_schema order_properties[] = {
	{ "name", STILE_STRING, STILE_AT(struct order, name),
	    .required = true, .min = 1, .max = 100, .trim = true },
	{ "reference", STILE_STRING, STILE_AT(struct order, reference),
	    .required = true, .pattern = "^[A-Z]{2}-[0-9]{6}$" },
	{ "text", STILE_STRING, STILE_AT(struct order, text), .max = 2000 },
	{ "amount", STILE_INTEGER, STILE_AT(struct order, amount),
	    .required = true, .min = 1, .max = 1000 },
	{ "price", STILE_NUMBER, STILE_AT(struct order, price),
	    .low = 0, .high = 1e6, .multiple_of = 0.01 },
	{ "paid", STILE_BOOLEAN, STILE_AT(struct order, paid),
	    .absent = "false" },
	{ "due", STILE_DATE_TIME, STILE_AT(struct order, due),
	    .required = true },
	{ "email", STILE_EMAIL, STILE_AT(struct order, email),
	    .required = true, .lower = true },
	{ "state", STILE_STRING, STILE_AT(struct order, state),
	    .choices = STILE_CHOICES("new", "open", "sent", "done") },
	{ "tags", STILE_ARRAY, STILE_AT(struct order, tags), .items = &tag,
	    .max = 10, .unique = true },
	{ "address", .ref = &address,
	    STILE_AT_STRUCT(struct order, address), .required = true },
	{ 0 }
};

static const struct stile_schema order = {
	"Order", STILE_OBJECT, .properties = order_properties,
	.size = sizeof(struct order),
};

/* With the text in its place, 1024 bytes. */
#define HEAD	"{\"name\":\"Elisabeth Muster-Beispiel\","			\
	"\"reference\":\"AB-123456\",\"text\":\""
#define TAIL	"\",\"amount\":12,\"price\":19.95,\"paid\":true,"		\
	"\"due\":\"2026-11-22T10:00:00.000Z\","				\
	"\"email\":\"elisabeth.muster@example.org\",\"state\":\"open\","	\
	"\"tags\":[\"garden\",\"plants\",\"indoor\",\"winter\"],"	\
	"\"address\":{\"street\":\"Bahnhofstrasse 12a\","			\
	"\"city\":\"Z\xC3\xBCrich\",\"code\":\"8001\"}}"

static char			 text[1025];
static struct json_object	*trees[RUNS];
static struct stile_arena	*arena;

static int64_t
now_ns(void)
{
	struct timespec	t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void
make_text(void)
{
	static const char	words[] = "not before noon, at the back door; ";
	const size_t		head = sizeof(HEAD) - 1, tail = sizeof(TAIL) - 1;
	size_t			i;

	memcpy(text, HEAD, head);
	for (i = head; i < sizeof(text) - 1 - tail; i++)
		text[i] = words[(i - head) % (sizeof(words) - 1)];
	memcpy(text + i, TAIL, tail + 1);
}

/* ---- what is compared ------------------------------------------------- */

static void
parse_json_c(size_t i)
{
	struct json_tokener	*tok = json_tokener_new();

	trees[i] = json_tokener_parse_ex(tok, text, sizeof(text) - 1);
	json_tokener_free(tok);
}

static void
parse_stile(size_t i)
{
	if (stile_json_parse((struct stile_str){ text, sizeof(text) - 1 }, 0,
	    &trees[i], NULL) != STILE_OK)
		errx(1, "the text is not JSON");
}

static void
validate(size_t i)
{
	struct stile_error	e = { 0 };
	struct order		o;

	if (stile_validate(arena, &order, trees[i], STILE_VALIDATE_WHOLE, &o,
	    NULL, &e) != STILE_OK)
		errx(1, "%s", e.detail);
	if (o.amount != 12 || o.state != 1 || o.tags.n != 4)
		errx(1, "it is filled otherwise");
	/* What a request pays at its end. */
	stile_arena_reset(arena);
}

static void
put_trees(void)
{
	size_t	i;

	for (i = 0; i < RUNS; i++) {
		json_object_put(trees[i]);
		trees[i] = NULL;
	}
}

/* ---- turns and rounds ------------------------------------------------- */

enum { JSON_C, PARSE, SCHEMA, KINDS };

static const char *const names[KINDS] = { "json-c", "parse", "schema" };
static void (*const runs[KINDS])(size_t) = {
	parse_json_c, parse_stile, validate
};
static double	us[KINDS][ROUNDS_MAX], ratio[KINDS][ROUNDS_MAX];

/* Microseconds each. */
static double
turn(void (*run)(size_t))
{
	int64_t	start, took;
	size_t	i;

	if (run == validate)
		for (i = 0; i < RUNS; i++)
			parse_stile(i);
	start = now_ns();
	for (i = 0; i < RUNS; i++)
		run(i);
	took = now_ns() - start;
	put_trees();
	return (double)took / 1000 / RUNS;
}

static void
run_round(size_t i)
{
	size_t	k;

	for (k = 0; k < KINDS; k++)
		us[k][i] = turn(runs[k]);
	for (k = 0; k < KINDS; k++)
		ratio[k][i] = us[k][i] / us[JSON_C][i];
}

int
main(int argc, char **argv)
{
	int64_t	rounds = 101, i;
	size_t	k;

	if (argc > 2 || (argc == 2 && stile_num_int(stile_str(argv[1]), 1,
	    ROUNDS_MAX, &rounds) != STILE_OK))
		errx(64, "usage: validate [ROUNDS], of at most %d", ROUNDS_MAX);
	if ((arena = stile_arena_new(0)) == NULL)
		errx(1, "no memory");
	make_text();
	run_round(0);			/* to warm up */
	for (i = 0; i < rounds; i++)
		run_round((size_t)i);
	printf("%zu bytes\n%-10s %10s %10s\n", sizeof(text) - 1, "", "us",
	    "of json-c");
	for (k = 0; k < KINDS; k++)
		printf("%-10s %10.2f %10.2f\n", names[k],
		    median(us[k], (size_t)rounds),
		    median(ratio[k], (size_t)rounds));
	stile_arena_free(arena);
	return 0;
}
