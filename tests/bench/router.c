/* SPDX-License-Identifier: ISC */
/*
 * How long a match takes, by the number of routes: half of them literals, half
 * with a parameter, all of three segments and one length.
 *
 *	make bench && tests/bench/router [ROUNDS]
 *
 * in a build without sanitizers and --enable-arena-debug.  A match includes
 * what a request does around it: the copies of the parameters, and the reset
 * of the arena that they are in.
 */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/arena.h"
#include "stile/num.h"
#include "stile/str.h"
#include "app/router.h"
#include "base/clock.h"
#include "median.h"

#define ROUTES_MAX	10000
#define PATHS		1000		/* different ones, in a mixed order */
#define MATCHES		200000		/* a round */
#define ROUNDS_MAX	1000

static int
nothing(struct stile_req *r)
{
	(void)r;
	return STILE_OK;
}

static struct stile_route	routes[ROUTES_MAX + 1];
static char			patterns[ROUTES_MAX][40];

struct path {
	char			text[3][16];
	struct stile_str	segs[3];
};

static struct path	paths[PATHS];

static struct router *
make_router(struct stile_arena *a, unsigned n)
{
	const struct stile_app	app = { .name = "bench", .routes = routes };
	struct stile_error	e = { 0 };
	struct router		*rt;
	unsigned		 i;

	for (i = 0; i < n; i++) {
		snprintf(patterns[i], sizeof(patterns[i]), i % 2 == 0 ?
		    "/area%05u/1234567/items" : "/area%05u/{id:int}/items", i);
		routes[i] = (struct stile_route){ .method = "GET",
		    .path = patterns[i], .handler = nothing };
	}
	routes[n] = (struct stile_route){ 0 };
	if (router_new(a, &app, &rt, &e) != STILE_OK) {
		fprintf(stderr, "router: %s\n", e.detail);
		exit(1);
	}
	return rt;
}

/* Paths that all have a route, spread over the whole table. */
static void
make_paths(unsigned n)
{
	uint64_t	x = 88172645463325252u;
	unsigned	i, k;

	for (i = 0; i < PATHS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		snprintf(paths[i].text[0], sizeof(paths[i].text[0]),
		    "area%05u", (unsigned)(x % n));
		snprintf(paths[i].text[1], sizeof(paths[i].text[1]), "1234567");
		snprintf(paths[i].text[2], sizeof(paths[i].text[2]), "items");
		for (k = 0; k < 3; k++)
			paths[i].segs[k] = stile_str(paths[i].text[k]);
	}
}

/* Nanoseconds a match. */
static double
run_round(const struct router *rt, struct stile_arena *a)
{
	static struct match	m;
	int64_t			start = stile__mono_us();
	unsigned		i;

	for (i = 0; i < MATCHES; i++) {
		router_match(rt, a, "GET", paths[i % PATHS].segs, 3, false, &m);
		if (m.kind != MATCH_ROUTE) {
			fprintf(stderr, "router: a path has no route\n");
			exit(1);
		}
		stile_arena_reset(a);
	}
	return (double)(stile__mono_us() - start) * 1000 / MATCHES;
}

static int
bench(unsigned n, unsigned rounds)
{
	static double		 ns[ROUNDS_MAX];
	double			 middle;
	struct stile_arena	*own, *a;
	struct router		*rt;
	int64_t			 start;
	unsigned		 i;

	own = stile_arena_new(0);
	a = stile_arena_new(0);
	if (own == NULL || a == NULL)
		return 1;
	start = stile__mono_us();
	rt = make_router(own, n);
	start = stile__mono_us() - start;
	make_paths(n);
	run_round(rt, a);	/* to warm up */
	for (i = 0; i < rounds; i++)
		ns[i] = run_round(rt, a);
	middle = median(ns, rounds);
	printf("%8u %10.1f %10.1f %14.2f\n", n, ns[0], middle,
	    (double)start / 1000);
	stile_arena_free(a);
	stile_arena_free(own);
	return 0;
}

int
main(int argc, char **argv)
{
	static const unsigned	sizes[] = { 10, 100, 1000, 10000 };
	int64_t			rounds = 21;
	size_t			i;

	if (argc > 2 || (argc == 2 && stile_num_int(stile_str(argv[1]), 1,
	    ROUNDS_MAX, &rounds) != STILE_OK)) {
		fprintf(stderr, "usage: router [ROUNDS]\n");
		return 64;
	}
	printf("%8s %10s %10s %14s\n", "routes", "best ns", "median ns",
	    "compiled in ms");
	for (i = 0; i < NELEM(sizes); i++)
		if (bench(sizes[i], (unsigned)rounds) != 0)
			return 1;
	return 0;
}
