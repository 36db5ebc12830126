/* SPDX-License-Identifier: ISC */
/* slow: each request takes 2 ms of processor time; for tests/bench/run. */
#include <stile.h>
#include <time.h>

#define WORK_NS	2000000

static int64_t
used_ns(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int
work(struct stile_req *r)
{
	int64_t	until = used_ns() + WORK_NS;

	while (used_ns() < until)
		;
	return stile_send_text(r, 200, "done\n");
}

static const struct stile_route routes[] = {
	{ "GET", "/", work, .name = "work" },
	{ 0 }
};

static const struct stile_app app = { .name = "slow", .routes = routes };

int
main(int argc, char **argv)
{
	return stile_main(&app, argc, argv);
}
