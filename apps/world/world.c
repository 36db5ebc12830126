/* SPDX-License-Identifier: ISC */
/*
 * world: the seven small answers that web frameworks are compared by, as
 * TechEmpower's benchmark has them: text, JSON, rows of a database read, read
 * many times, changed, made a page of, and kept in memory.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>

#include <stile.h>

#define WORLDS		10000		/* rows, with ids from 1 */
#define COUNT_MAX	500		/* worlds in one answer */
#define ANSWER_MAX	(64 * 1024)	/* bytes */

extern const struct stile_migration world_migrations[];

struct world {
	int64_t	id, number;
};

static const struct stile_schema world_properties[] = {
	{ "id",           STILE_INTEGER, STILE_AT(struct world, id),
	    .min = 1, .max = WORLDS, .required = true },
	{ "randomNumber", STILE_INTEGER, STILE_AT(struct world, number),
	    .min = 1, .max = WORLDS, .required = true },
	{ 0 }
};

static const struct stile_schema world_schema = {
	"World", STILE_OBJECT, .description = "A row of the database.",
	.properties = world_properties, .size = sizeof(struct world),
};

static const struct stile_schema worlds_schema = {
	"Worlds", STILE_ARRAY, .items = &world_schema,
	.min = 1, .max = COUNT_MAX,
};

static const char	select_sql[] = "SELECT id, randomnumber AS"
    " \"randomNumber\" FROM world WHERE id = ?";

/* From 1 to WORLDS; each thread has its own row of them (xorshift64). */
static int64_t
random_number(void)
{
	static _Thread_local uint64_t	x;

	if (x == 0 && getrandom(&x, sizeof(x), 0) < 0)
		x = 1;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return 1 + (int64_t)(x % WORLDS);
}

/*
 * How many are asked for: 1 unless it is a number, and COUNT_MAX at most.  The
 * benchmark has it so that nothing is refused, so the routes declare no such
 * parameter.
 */
static size_t
read_count(struct stile_req *r, const char *name)
{
	const char	*text = stile_query(r, name);
	int64_t		 n = 1;

	if (stile_num_int(stile_str(text), 0, COUNT_MAX, &n) == STILE_ERANGE &&
	    *text != '-')
		n = COUNT_MAX;
	return n > 0 ? (size_t)n : 1;
}

/* Those with the ids that are in worlds, each by a statement of its own. */
static int
read_worlds(struct stile_req *r, struct world *worlds, size_t n)
{
	struct stile_value	ids[COUNT_MAX];
	struct stile_args	args[COUNT_MAX];
	size_t			i;

	for (i = 0; i < n; i++) {
		ids[i] = stile_int(worlds[i].id);
		args[i] = (struct stile_args){ 1, &ids[i], false };
	}
	return stile_select_many(r, world_properties, sizeof(*worlds), worlds,
	    select_sql, args, n);
}

static void
write_worlds(struct stile_req *r, const struct world *worlds, size_t n)
{
	struct stile_value	values[COUNT_MAX][2];
	struct stile_args	args[COUNT_MAX];
	size_t			i;

	for (i = 0; i < n; i++) {
		values[i][0] = stile_int(worlds[i].number);
		values[i][1] = stile_int(worlds[i].id);
		args[i] = (struct stile_args){ 2, values[i], false };
	}
	stile_exec_many(r, "UPDATE world SET randomnumber = ? WHERE id = ?",
	    args, n);
}

static int
compare_ids(const void *a, const void *b)
{
	int64_t	x = ((const struct world *)a)->id;
	int64_t	y = ((const struct world *)b)->id;

	return (x > y) - (x < y);
}

/* ---- the seven --------------------------------------------------------------- */

static int
json(struct stile_req *r)
{
	return stile_send_object(r, 200,
	    STILE_ARGS("message", "Hello, World!"));
}

static int
plaintext(struct stile_req *r)
{
	return stile_send_text(r, 200, "Hello, World!");
}

static int
db(struct stile_req *r)
{
	return stile_send_row_as(r, 200, &world_schema, select_sql,
	    STILE_ARGS(random_number()));
}

static int
queries(struct stile_req *r)
{
	struct world	worlds[COUNT_MAX];
	size_t		i, n = read_count(r, "queries");

	for (i = 0; i < n; i++)
		worlds[i].id = random_number();
	if (read_worlds(r, worlds, n) != STILE_OK)
		return stile_failed(r);
	return stile_send_structs(r, 200, &world_schema, worlds, n);
}

/* In the order of the ids, so that two of these wait for each other in turn
 * and not in a circle. */
static int
updates(struct stile_req *r)
{
	struct world	worlds[COUNT_MAX];
	size_t		i, n = read_count(r, "queries");

	for (i = 0; i < n; i++)
		worlds[i].id = random_number();
	qsort(worlds, n, sizeof(*worlds), compare_ids);
	if (read_worlds(r, worlds, n) != STILE_OK)
		return stile_failed(r);
	for (i = 0; i < n; i++)
		worlds[i].number = random_number();
	write_worlds(r, worlds, n);
	return stile_send_structs(r, 200, &world_schema, worlds, n);
}

/* What is read once, and is then the same for all threads. */
static struct {
	pthread_mutex_t	lock;
	atomic_bool	filled;
	struct world	worlds[WORLDS];
} cache = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void
fill_cache(struct stile_req *r)
{
	struct world	*all;
	size_t		 n;

	all = stile_select_all(r, world_properties, sizeof(*all), &n,
	    "SELECT id, randomnumber AS \"randomNumber\" FROM world"
	    " ORDER BY id",
	    STILE_NOARGS);
	if (all != NULL && n != WORLDS)
		stile_fail(r, 500, "%zu worlds in place of %d", n, WORLDS);
	if (stile_failed(r) != STILE_OK)
		return;
	memcpy(cache.worlds, all, sizeof(cache.worlds));
	atomic_store(&cache.filled, true);
}

static int
cached_queries(struct stile_req *r)
{
	struct world	worlds[COUNT_MAX];
	size_t		i, n = read_count(r, "count");

	if (!atomic_load(&cache.filled)) {
		pthread_mutex_lock(&cache.lock);
		if (!atomic_load(&cache.filled))
			fill_cache(r);
		pthread_mutex_unlock(&cache.lock);
	}
	for (i = 0; i < n; i++)
		worlds[i] = cache.worlds[random_number() - 1];
	return stile_send_structs(r, 200, &world_schema, worlds, n);
}

struct fortune {
	int64_t		 id;
	const char	*message;
};

static const struct stile_schema fortune_columns[] = {
	STILE_COLUMN(struct fortune, id),
	STILE_COLUMN(struct fortune, message),
	{ 0 }
};

static int
compare_messages(const void *a, const void *b)
{
	return strcmp(((const struct fortune *)a)->message,
	    ((const struct fortune *)b)->message);
}

static void
write_fortune(struct stile_buf *b, const struct fortune *f)
{
	stile_buf_printf(b, "<tr><td>%lld</td><td>", (long long)f->id);
	stile_enc_html(b, stile_str(f->message));
	stile_buf_puts(b, "</td></tr>");
}

static int
send_fortunes(struct stile_req *r, const struct fortune *all, size_t n)
{
	struct stile_buf	*b;
	size_t			 i;

	if ((b = stile_buf_new(stile_req_arena(r), ANSWER_MAX)) == NULL)
		return stile_fail(r, 503, "no memory");
	stile_buf_puts(b, "<!DOCTYPE html><html><head><title>Fortunes</title>"
	    "</head><body><table><tr><th>id</th><th>message</th></tr>");
	for (i = 0; i < n; i++)
		write_fortune(b, &all[i]);
	stile_buf_puts(b, "</table></body></html>");
	return stile_send_buf(r, 200, "text/html; charset=utf-8", b);
}

static int
fortunes(struct stile_req *r)
{
	struct fortune	*stored, *all;
	size_t		 n;

	stored = stile_select_all(r, fortune_columns, sizeof(*stored), &n,
	    "SELECT id, message FROM fortune", STILE_NOARGS);
	if (stile_failed(r) != STILE_OK)
		return stile_failed(r);
	all = stile_arena_alloc(stile_req_arena(r), n + 1, sizeof(*all));
	if (all == NULL)
		return stile_fail(r, 503, "no memory");
	memcpy(all, stored, n * sizeof(*all));
	all[n].message = "Additional fortune added at request time.";
	qsort(all, n + 1, sizeof(*all), compare_messages);
	return send_fortunes(r, all, n + 1);
}

/* ---- the application --------------------------------------------------------- */

static const struct stile_schema message_schema = {
	"Message", STILE_OBJECT, .properties = (const struct stile_schema[]){
		{ .name = "message", .type = STILE_STRING, .required = true },
		{ 0 }
	},
};

static const struct stile_response	gives_worlds[] = {
	{ 200, &worlds_schema, .description = "As many as are asked for." },
	{ 0 }
};

#define COUNTED	" is how many, 1 to 500; less, more and what is no number is"	\
		" brought in there."

static const struct stile_route routes[] = {
	{ "GET", "/json", json, .name = "json", .summary = "Say hello in JSON",
	    .responses = STILE_RESPONSES({ 200, &message_schema,
	    .description = "Hello." }) },
	{ "GET", "/plaintext", plaintext, .name = "plaintext",
	    .summary = "Say hello in text",
	    .responses = STILE_RESPONSES({ 200, .description = "Hello.",
	    .type = "text/plain" }) },
	{ "GET", "/db", db, .name = "db", .summary = "Read a world",
	    .responses = STILE_RESPONSES({ 200, &world_schema,
	    .description = "Any of them." }) },
	{ "GET", "/queries", queries, .name = "queries",
	    .summary = "Read many worlds, each by itself",
	    .description = "`queries`" COUNTED, .responses = gives_worlds },
	{ "GET", "/updates", updates, .name = "updates",
	    .summary = "Change many worlds", .tx = STILE_TX_WRITE,
	    .description = "`queries`" COUNTED, .responses = gives_worlds },
	{ "GET", "/cached-queries", cached_queries, .name = "cached",
	    .summary = "Show many worlds from memory",
	    .description = "`count`" COUNTED, .responses = gives_worlds },
	{ "GET", "/fortunes", fortunes, .name = "fortunes",
	    .summary = "Show all fortunes as a page",
	    .responses = STILE_RESPONSES({ 200, .description = "A table.",
	    .type = "text/html" }) },
	{ 0 }
};

static const struct stile_app app = {
	.name = "world", .version = "1.0",
	.summary = "the small answers that frameworks are compared by",
	.routes = routes, .migrations = world_migrations,
};

int
main(int argc, char **argv)
{
	return stile_main(&app, argc, argv);
}
