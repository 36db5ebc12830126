/* SPDX-License-Identifier: ISC */
/* lib/app/board.c and board_text.c: sums, quantiles, and both ways to say it. */
#include "unit.h"

#include <inttypes.h>
#include <pthread.h>
#include <sys/wait.h>

#include "app/board.h"

TestSuite(board, .timeout = 120);

static struct stile_arena	*arena;

static void
setup(void)
{
	arena = stile_arena_new(0);
}

static void
teardown(void)
{
	stile_arena_free(arena);
}

TestSuite(board_text, .init = setup, .fini = teardown, .timeout = 120);

static struct board *
make(size_t nprocs, size_t nthreads)
{
	struct board	*b = board_new(nprocs, nthreads);

	cr_assert(b != NULL);
	return b;
}

/* ---- counting ----------------------------------------------------------------- */

Test(board, places)
{
	static const size_t	sizes[] = { 1, 2, 3, 7, 64 };
	struct board_thread	*t, *last;
	struct board		*b;
	size_t			 i, k, p, n;

	for (i = 0; i < NELEM(sizes); i++)
		for (k = 0; k < NELEM(sizes); k++) {
			b = make(sizes[i], sizes[k]);
			last = NULL;
			for (p = 0; p < sizes[i]; p++)
				for (n = 0; n <= sizes[k]; n++) {
					t = board_thread(b, p, n);
					cr_assert(last == NULL ||
					    t == last + 1);
					cr_assert((const void *)t >=
					    (const void *)(b->procs +
					    sizes[i]));
					cr_assert_eq((uintptr_t)t % 64, 0);
					cr_assert_eq(t->us, 0);
					board_count(t, 200, false, 1);
					last = t;
				}
			cr_expect_eq((uintptr_t)b->procs % 64, 0);
			board_free(b);
		}
	board_free(NULL);
	cr_expect(board_new(SIZE_MAX / 4096, 1) == NULL, "no memory");
}

Test(board, classes)
{
	static const struct { int status; bool cut; size_t class; } cases[] = {
		{ 200, false, 2 }, { 299, false, 2 }, { 100, false, 1 },
		{ 199, false, 1 }, { 304, false, 3 }, { 404, false, 4 },
		{ 500, false, 5 }, { 599, false, 5 }, { 600, false, 0 },
		{ 0, false, 0 }, { 99, false, 0 }, { -1, false, 0 },
		{ -100, false, 0 }, { INT_MAX, false, 0 },
		{ INT_MIN, false, 0 }, { 200, true, 0 }, { 500, true, 0 },
	};
	struct board_sum	 s;
	struct board		*b;
	size_t			 i, k;

	for (i = 0; i < NELEM(cases); i++) {
		b = make(1, 1);
		board_count(board_thread(b, 0, 0), cases[i].status,
		    cases[i].cut, 10);
		board_sum(b, &s);
		cr_expect_eq(s.requests, 1);
		for (k = 0; k < BOARD_CLASSES; k++)
			cr_expect_eq(s.classes[k], k == cases[i].class,
			    "%d: class %zu", cases[i].status, k);
		board_free(b);
	}
}

/* What an ended process had counted stays; what it held does not. */
Test(board, sums)
{
	struct board		*b = make(3, 2);
	struct board_sum	 s;
	size_t			 p, n;

	for (p = 0; p < 3; p++) {
		b->procs[p].state = p == 0 ? BOARD_SERVING : p == 1 ?
		    BOARD_LEAVING : BOARD_FREE;
		b->procs[p].connections = 10 + p;
		board_thread(b, p, 0)->refused = 20 + p;
		b->procs[p].dropped = 30 + p;
		b->procs[p].memory = 1000 + p;
		for (n = 0; n < 2; n++)
			board_count(board_thread(b, p, n), 200, false, 100);
		board_thread(b, p, 0)->since = 1;
	}
	b->crashes = 4;
	board_sum(b, &s);
	cr_expect_eq(s.procs, 2);
	cr_expect_eq(s.threads, 4);
	cr_expect_eq(s.busy, 2);
	cr_expect_eq(s.connections, 10 + 11);
	cr_expect_eq(s.memory, 1000 + 1001);
	cr_expect_eq(s.refused, 20 + 21 + 22);
	cr_expect_eq(s.dropped, 30 + 31 + 32);
	cr_expect_eq(s.requests, 6);
	cr_expect_eq(s.us, 600);
	cr_expect_eq(s.crashes, 4);
	board_free(b);
}

Test(board, is_shared_with_children)
{
	struct board		*b = make(2, 1);
	struct board_sum	 s;
	int			 st;
	pid_t			 pid;

	if ((pid = fork()) == 0) {
		b->procs[1].state = BOARD_SERVING;
		board_count(board_thread(b, 1, 0), 404, false, 7);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &st, 0), pid);
	board_sum(b, &s);
	cr_expect(s.procs == 1 && s.classes[4] == 1 && s.us == 7);
	board_free(b);
}

/* ---- latencies against a sorted list ------------------------------------------- */

#define N	10000

static uint64_t	random_state = 1;

static uint64_t
next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static int
by_value(const void *a, const void *b)
{
	int64_t	x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Above the value that stands there in the list, by a quarter at most. */
static void
check_quantiles(int64_t *v, size_t n, const char *name)
{
	static const double	shares[] = { 0, 0.001, 0.01, 0.25, 0.5, 0.9,
		0.95, 0.99, 0.999, 1 };
	struct board		*b = make(1, 1);
	struct board_sum	 s;
	size_t			 i, k;
	uint64_t		 q, want;

	for (i = 0; i < n; i++)
		board_count(board_thread(b, 0, 0), 200, false, v[i]);
	board_sum(b, &s);
	qsort(v, n, sizeof(*v), by_value);
	for (i = 0; i < NELEM(shares); i++) {
		/* The least k of which k / n is the share or more. */
		for (k = 1; (double)k < shares[i] * (double)n; k++)
			;
		want = (uint64_t)v[k - 1];
		q = board_quantile(&s, shares[i]);
		cr_expect(q > want && q <= want + want / 4 + 1,
		    "%s, %g: %" PRIu64 ", not %" PRIu64, name, shares[i], q,
		    want);
	}
	for (i = 0; i < 29; i++) {
		for (k = 0; k < n && v[k] < (int64_t)1 << i; k++)
			;
		cr_expect_eq(board_below(&s, (uint64_t)1 << i), k,
		    "%s: below 2^%zu", name, i);
	}
	cr_expect_eq(board_below(&s, UINT64_MAX), n);
	board_free(b);
}

Test(board, quantiles)
{
	static int64_t	v[N];
	size_t		i, n;

	for (i = 0; i < N; i++)
		v[i] = (int64_t)i;
	check_quantiles(v, N, "each once");
	for (i = 0; i < N; i++)
		v[i] = (int64_t)(next() % 1000);
	check_quantiles(v, N, "evenly");
	for (i = 0; i < N; i++)
		v[i] = (int64_t)(next() >> (36 + next() % 28));
	check_quantiles(v, N, "all magnitudes");
	for (i = 0; i < N; i++)
		v[i] = i % 100 == 0 ? 400000000 : 3;
	check_quantiles(v, N, "two heaps");
	for (n = 1; n < 12; n++) {
		for (i = 0; i < n; i++)
			v[i] = (int64_t)(next() % 5000);
		check_quantiles(v, n, "few");
	}
}

/* The ends of each bucket. */
Test(board, around_each_power_of_two)
{
	int64_t	v;
	int	e, d;

	for (e = 0; e < 29; e++)
		for (d = -1; d <= 1; d++) {
			v = ((int64_t)1 << e) + d;
			if (v < (int64_t)1 << 29)
				check_quantiles(&v, 1, "one");
		}
}

Test(board, quantiles_at_the_ends)
{
	struct board		*b = make(1, 1);
	struct board_sum	 s;

	board_sum(b, &s);
	cr_expect_eq(board_quantile(&s, 0.5), 0, "no request");
	cr_expect_eq(board_below(&s, UINT64_MAX), 0);
	/* Nine minutes are the most that is told apart. */
	board_count(board_thread(b, 0, 0), 200, false, INT64_MAX);
	board_count(board_thread(b, 0, 0), 200, false, (int64_t)1 << 40);
	board_sum(b, &s);
	cr_expect_eq(board_quantile(&s, 0.5), (uint64_t)1 << 29);
	cr_expect_eq(board_quantile(&s, 1), (uint64_t)1 << 29);
	cr_expect_eq(board_below(&s, 1 << 28), 0);
	board_free(b);
}

/* ---- for people ------------------------------------------------------------------ */

static const char *
text_of(const struct board *b)
{
	struct stile_buf	*out = stile_buf_new(arena, 64 * 1024);

	board_text(b, "demo", out);
	cr_assert_eq(stile_buf_err(out), STILE_OK);
	return stile_buf_view(out).p;
}

Test(board_text, for_people)
{
	struct board	*b = make(3, 2);
	const char	*s;

	b->crashes = 1;
	b->procs[1].state = BOARD_SERVING;
	b->procs[1].pid = 1234;
	b->procs[1].connections = 5;
	b->procs[1].memory = 2048 * 1024;
	b->procs[2].state = BOARD_STARTING;
	b->procs[2].pid = 77;
	b->procs[0].pid = 99;
	board_thread(b, 1, 1)->since = 1;
	board_count(board_thread(b, 1, 0), 200, false, 100);
	board_count(board_thread(b, 1, 1), 503, false, 100);
	board_count(board_thread(b, 0, 0), 200, true, 100);
	b->started -= 61 * 1000;
	s = text_of(b);
	cr_expect(strstr(s, "demo, up 61 s\n") == s, "%s", s);
	cr_expect(strstr(s, "workers      2\n"
	    "busy         1 of 4 threads\n"
	    "connections  5\n"
	    "requests     3\n"
	    "latency      p50 112 us, p99 112 us\n"
	    "server error 1\n"
	    "cut          1\n"
	    "refused      0\n"
	    "log dropped  0\n"
	    "crashes      1\n"
	    "memory       2048 KiB\n"
	    "worker 1234  serving  busy 1 of 2  connections 5  requests 2  "
	    "memory 2048 KiB\n"
	    "worker 77  starting  busy 0 of 2  connections 0  requests 0  "
	    "memory 0 KiB\n") != NULL, "%s", s);
	cr_expect(strstr(s, "worker 99") == NULL, "a free place");
	board_free(b);
}

/* As many workers as can be, with numbers as long as can be: one record. */
Test(board_text, the_longest)
{
	struct board	*b = make(512, 1);
	size_t		 i;

	for (i = 0; i < 512; i++) {
		b->procs[i].state = BOARD_SERVING;
		b->procs[i].pid = 4194304;
		b->procs[i].connections = 1000000;
		b->procs[i].memory = UINT64_MAX;
		board_thread(b, i, 0)->classes[2] = UINT64_MAX;
	}
	cr_expect_lt(strlen(text_of(b)), 60 * 1024);
	board_free(b);
}

/* ---- for Prometheus: its text format, version 0.0.4 -------------------------------- */

struct samples {
	char		name[80];	/* of the family, by its # TYPE */
	char		type[20];
	char		seen[4096];	/* all families so far */
	size_t		n;
	bool		has;		/* the family has a sample */
	uint64_t	bucket, count;	/* of a histogram */
	double		le;
};

static bool
is_name(const char *s, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_:", s[i]) == NULL &&
		    (i == 0 || s[i] < '0' || s[i] > '9'))
			return false;
	return n > 0;
}

static void
begin_family(struct samples *f, const char *line)
{
	char	mark[100], help[80];

	cr_assert(f->n == 0 || f->has, "%s has no sample", f->name);
	f->has = false;
	cr_assert_eq(sscanf(line, "# TYPE %79s %19s", help, f->type), 2);
	cr_assert_str_eq(help, f->name, "HELP comes first, and once");
	cr_assert(is_name(f->name, strlen(f->name)), "%s", f->name);
	cr_assert(strcmp(f->type, "gauge") == 0 ||
	    strcmp(f->type, "counter") == 0 ||
	    strcmp(f->type, "histogram") == 0, "%s", f->type);
	cr_assert_eq(strcmp(f->type, "counter") == 0,
	    strstr(f->name, "_total") != NULL, "%s", f->name);
	snprintf(mark, sizeof(mark), " %s ", f->name);
	cr_assert(strstr(f->seen, mark) == NULL, "%s twice", f->name);
	cr_assert_lt(strlen(f->seen) + strlen(mark), sizeof(f->seen));
	memcpy(f->seen + strlen(f->seen), mark, strlen(mark) + 1);
	f->n++;
	f->bucket = 0;
	f->le = -1;
}

/* {name="value",...} with what has to be escaped escaped; its end. */
static const char *
skip_labels(const char *s, double *le)
{
	size_t	n;

	cr_assert_eq(*s, '{');
	do {
		n = strcspn(++s, "=");
		cr_assert(is_name(s, n), "%s", s);
		if (n == 2 && strncmp(s, "le", 2) == 0)
			*le = strtod(s + 4, NULL);
		s += n + 1;
		cr_assert_eq(*s, '"');
		while (*++s != '"') {
			cr_assert(*s != '\0' && *s != '\n', "%s", s);
			if (*s == '\\') {
				s++;
				cr_assert(*s == '\\' || *s == '"' ||
				    *s == 'n', "%s", s);
			}
		}
		s++;
	} while (*s == ',');
	cr_assert_eq(*s, '}', "%s", s);
	return s + 1;
}

static void
check_histogram(struct samples *f, const char *suffix, double le,
    uint64_t value)
{
	if (strcmp(suffix, "_bucket") == 0) {
		cr_assert(le > f->le, "%g after %g", le, f->le);
		cr_assert_geq(value, f->bucket, "le %g", le);
		f->le = le;
		f->bucket = value;
	} else if (strcmp(suffix, "_count") == 0) {
		cr_assert(f->le > 1e300, "the last bucket is +Inf");
		cr_assert_eq(value, f->bucket, "%" PRIu64 " and %" PRIu64,
		    value, f->bucket);
	} else
		cr_assert_str_eq(suffix, "_sum");
}

static void
check_sample(struct samples *f, const char *line)
{
	size_t	 n = strcspn(line, "{ ");
	char	 name[100], *end;
	double	 le = 0;

	cr_assert_lt(n, sizeof(name));
	memcpy(name, line, n);
	name[n] = '\0';
	cr_assert(strncmp(name, f->name, strlen(f->name)) == 0, "%s in %s",
	    name, f->name);
	line += n;
	if (*line == '{')
		line = skip_labels(line, &le);
	cr_assert_eq(*line, ' ', "%s", line);
	cr_assert_geq(strtod(line + 1, &end), 0);
	cr_assert(end > line + 1 && *end == '\0', "%s", line);
	if (strcmp(f->type, "histogram") == 0)
		check_histogram(f, name + strlen(f->name), le,
		    strtoull(line + 1, NULL, 10));
	else
		cr_assert_str_eq(name, f->name);
	f->has = true;
}

/* How many families it has; every line has to be one of the format. */
static size_t
check_format(char *text)
{
	struct samples	 f = { .n = 0 };
	char		*line, *next_line;

	cr_assert(*text != '\0' && text[strlen(text) - 1] == '\n');
	for (line = text; *line != '\0'; line = next_line) {
		next_line = strchr(line, '\n');
		*next_line++ = '\0';
		if (strncmp(line, "# HELP ", 7) == 0)
			cr_assert_eq(sscanf(line, "# HELP %79s", f.name), 1);
		else if (strncmp(line, "# TYPE ", 7) == 0)
			begin_family(&f, line);
		else
			check_sample(&f, line);
	}
	cr_assert(f.has);
	return f.n;
}

static char *
prometheus(const struct board *b, const char *version)
{
	struct stile_buf	*out = stile_buf_new(arena, 64 * 1024);

	board_prometheus(b, "demo", version, out);
	cr_assert_eq(stile_buf_err(out), STILE_OK);
	return (char *)(uintptr_t)stile_buf_view(out).p;
}

Test(board_text, for_prometheus)
{
	static const char *const	lines[] = {
		"stile_info{app=\"demo\",version=\"1.0\"} 1\n",
		"\nstile_start_time_seconds 1700000000.007\n",
		"\nstile_requests_total{class=\"1xx\"} 0\n",
		"\nstile_requests_total{class=\"2xx\"} 2\n",
		"\nstile_requests_total{class=\"5xx\"} 1\n",
		"_bucket{le=\"0.000064\"} 1\n",
		"_bucket{le=\"0.000256\"} 2\n",
		"_bucket{le=\"1.048576\"} 2\n",
		"_bucket{le=\"4.194304\"} 3\n",
		"_bucket{le=\"67.108864\"} 3\n",
		"_bucket{le=\"+Inf\"} 4\n",
		"_duration_seconds_sum 601.500150\n",
		"_duration_seconds_count 4\n",
		"\nstile_workers 1\n", "\nstile_threads 2\n",
		"\nstile_threads_busy 1\n", "\nstile_connections 12\n",
		"\nstile_memory_bytes 4096\n",
		"\nstile_requests_refused_total 3\n",
		"\nstile_transactions_left_open_total 0\n",
		"\nstile_requests_cut_total 1\n",
		"\nstile_log_dropped_total 5\n",
		"\nstile_worker_crashes_total 6\n",
	};
	struct board	*b = make(1, 2);
	char		*s;
	size_t		 i;

	b->started = 1700000000007;
	b->crashes = 6;
	b->procs[0].state = BOARD_SERVING;
	b->procs[0].connections = 12;
	b->procs[0].memory = 4096;
	board_thread(b, 0, 0)->refused = 3;
	b->procs[0].dropped = 5;
	board_thread(b, 0, 1)->since = 1;
	board_count(board_thread(b, 0, 0), 200, false, 50);
	board_count(board_thread(b, 0, 0), 200, false, 100);
	board_count(board_thread(b, 0, 1), 500, false, 1500000);
	board_count(board_thread(b, 0, 1), 200, true, 600000000);
	s = prometheus(b, "1.0");
	for (i = 0; i < NELEM(lines); i++)
		cr_expect(strstr(s, lines[i]) != NULL, "no %s in %s", lines[i],
		    s);
	cr_expect_eq(check_format(s), 14);
	board_free(b);
}

/* A CGI program has no board; and a version can be any text. */
Test(board_text, labels)
{
	EXPECT_STR(prometheus(NULL, "1.0"), "# HELP stile_info The "
	    "application.\n# TYPE stile_info gauge\n"
	    "stile_info{app=\"demo\",version=\"1.0\"} 1\n", "no board");
	cr_expect(strstr(prometheus(NULL, "a\"b\\c\nd"),
	    "version=\"a\\\"b\\\\c\\nd\"} 1\n") != NULL, "%s",
	    prometheus(NULL, "a\"b\\c\nd"));
	cr_expect_eq(check_format(prometheus(NULL, "a\"b\\c\nd")), 1);
}

static atomic_bool	stop;

static void *
count_on(void *arg)
{
	struct board_thread	*t = arg;
	int64_t			 us;

	for (us = 0; !stop; us = us * 2 % 100000 + 1)
		board_count(t, 200, false, us);
	return NULL;
}

/* Whatever is counted meanwhile, the numbers belong together. */
Test(board_text, while_it_counts)
{
	struct board	*b = make(1, 2);
	pthread_t	 threads[2];
	size_t		 i;

	b->procs[0].state = BOARD_SERVING;
	for (i = 0; i < 2; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, count_on,
		    board_thread(b, 0, i)), 0);
	for (i = 0; i < 2000; i++) {
		check_format(prometheus(b, "1"));
		stile_arena_reset(arena);
	}
	stop = true;
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	board_free(b);
}
