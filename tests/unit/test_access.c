/* SPDX-License-Identifier: ISC */
/* lib/app/access.c: one line a request, whatever is in the request. */
#include "unit.h"

#include <fcntl.h>
#include <locale.h>

#include "stile/date.h"
#include "app/site.h"
#include "base/clock.h"

static struct unit		 u;
static struct stile_site	 site;
static int			 log_fds[2], access_fds[2];

static void
setup(void)
{
	cr_assert(pipe(log_fds) == 0 && pipe(access_fds) == 0);
	fcntl(log_fds[0], F_SETFL, O_NONBLOCK);
	fcntl(access_fds[0], F_SETFL, O_NONBLOCK);
	site.log = stile_log_new(log_fds[1], STILE_INFO, STILE_LOG_TEXT);
	site.access = stile_log_new(access_fds[1], STILE_INFO,
	    STILE_LOG_TEXT);
	site.access_format = ACCESS_LINES;
	site.access_apart = false;
}

static void
teardown(void)
{
	unit_end(&u);
	stile_log_free(site.log);
	stile_log_free(site.access);
}

TestSuite(access, .init = setup, .fini = teardown);

static void
ask(char *const *vars, int status)
{
	unit_begin(&u);
	stile__req_init(&u.r, vars);
	u.r.site = &site;
	u.r.res.status = status;
}

static const char *
from(int fd)
{
	static char	text[2][8192];
	static size_t	i;
	ssize_t		n;

	i = !i;
	n = read(fd, text[i], sizeof(text[i]) - 1);
	text[i][n > 0 ? n : 0] = '\0';
	return text[i];
}

/* Without the time, which is the first pair. */
static const char *
pairs_from(int fd)
{
	const char	*line = from(fd), *p = strchr(line, ' ');

	return p != NULL ? p + 1 : line;
}

/* ---- pairs ---------------------------------------------------------------------- */

Test(access, pairs)
{
	static const struct route	route = {
		.pattern = { .text = "/notes/{id:int}" },
	};

	ask(VARS("REQUEST_METHOD=PUT", "PATH_INFO=/notes/5",
	    "REMOTE_ADDR=192.0.2.1"), 204);
	u.r.res.sent = 17;
	access_write(&u.r, 1234);
	EXPECT_STR(pairs_from(access_fds[0]), "level=info msg=request "
	    "id=test-id method=PUT path=/notes/5 status=204 bytes=17 us=1234 "
	    "peer=192.0.2.1\n", "no route");
	u.r.route = &route;
	u.r.res.status = 404;
	u.r.shown.status = 404;
	snprintf(u.r.shown.cause.detail, sizeof(u.r.shown.cause.detail),
	    "no such note");
	access_write(&u.r, 0);
	EXPECT_STR(pairs_from(access_fds[0]), "level=info msg=request "
	    "id=test-id method=PUT path=/notes/5 status=404 bytes=17 us=0 "
	    "peer=192.0.2.1 route=/notes/{id:int} cause=\"no such note\"\n",
	    "a route and a cause");
	u.r.failure.status = 500;
	snprintf(u.r.failure.cause.detail, sizeof(u.r.failure.cause.detail),
	    "later");
	access_write(&u.r, 0);
	cr_expect(strstr(from(access_fds[0]), " cause=later\n") != NULL,
	    "the failure that was not shown comes first");
	EXPECT_STR(from(log_fds[0]), "", "nothing elsewhere");
}

/* Causes belong to the log; what is listed depends on the level. */
Test(access, levels)
{
	static const struct {
		const char	*name;
		int		 status;
		bool		 cut, apart, off;
		bool		 in_access, in_log;
	} cases[] = {
		{ "fine", 200, false, false, false, true, false },
		{ "fine, apart", 200, false, true, false, true, false },
		{ "fine, off", 200, false, true, true, false, false },
		{ "499", 499, false, true, false, true, false },
		{ "500", 500, false, false, false, true, false },
		{ "500, apart", 500, false, true, false, true, true },
		{ "500, off", 500, false, true, true, false, true },
		{ "cut", 200, true, false, false, true, false },
		{ "cut, apart", 200, true, true, false, true, true },
	};
	struct stile_log	*access = site.access;
	const char		*level, *s;
	size_t			 i;

	ask(VARS("REQUEST_METHOD=GET", "PATH_INFO=/"), 200);
	for (i = 0; i < NELEM(cases); i++) {
		u.r.res.status = cases[i].status;
		u.r.res.cut = cases[i].cut;
		site.access_apart = cases[i].apart;
		site.access = cases[i].off ? NULL : access;
		access_write(&u.r, 5);
		level = cases[i].status >= 500 || cases[i].cut ?
		    "level=error" : "level=info";
		s = from(access_fds[0]);
		cr_expect_eq(strstr(s, level) != NULL, cases[i].in_access,
		    "%s: %s", cases[i].name, s);
		s = from(log_fds[0]);
		cr_expect_eq(strstr(s, level) != NULL, cases[i].in_log,
		    "%s: %s", cases[i].name, s);
	}
	stile_log_free(access);
	site.access = stile_log_new(access_fds[1], STILE_ERROR,
	    STILE_LOG_JSON);
	u.r.res.cut = false;
	u.r.res.status = 200;
	access_write(&u.r, 5);
	EXPECT_STR(from(access_fds[0]), "", "a log for errors only");
	u.r.res.status = 500;
	access_write(&u.r, 5);
	cr_expect(strstr(from(access_fds[0]), "\"status\":500,") != NULL);
}

/* ---- the combined format ---------------------------------------------------------- */

/* The line with the time, in brackets, taken out. */
static const char *
combined(void)
{
	static char	 text[8192];
	const char	*line, *open, *close;

	site.access_format = ACCESS_COMBINED;
	access_write(&u.r, 5);
	line = from(access_fds[0]);
	open = strstr(line, " [");
	close = strstr(line, "] ");
	cr_assert(open != NULL && close != NULL, "%s", line);
	cr_assert(strchr(line, '\n') == line + strlen(line) - 1, "one line");
	cr_assert_eq(close - open, 28, "%s", line);
	snprintf(text, sizeof(text), "%.*s%s", (int)(open - line), line,
	    close + 1);
	return text;
}

Test(access, combined)
{
	ask(VARS("REQUEST_METHOD=GET", "REQUEST_URI=/a?b=c",
	    "SERVER_PROTOCOL=HTTP/1.1", "REMOTE_ADDR=192.0.2.1",
	    "REMOTE_USER=frank", "HTTP_REFERER=http://x/",
	    "HTTP_USER_AGENT=curl/7.88.1 (x; y)"), 200);
	u.r.res.sent = 2326;
	EXPECT_STR(combined(), "192.0.2.1 - frank \"GET /a?b=c HTTP/1.1\" 200 "
	    "2326 \"http://x/\" \"curl/7.88.1 (x; y)\"\n", "all of it");
	unit_end(&u);
	ask(VARS("REQUEST_METHOD=GET"), 400);
	EXPECT_STR(combined(), "- - - \"GET - -\" 400 0 \"-\" \"-\"\n",
	    "nothing of it");
	unit_end(&u);
	ask(VARS("REMOTE_USER=", "HTTP_REFERER="), 400);
	EXPECT_STR(combined(), "- - - \"- - -\" 400 0 \"-\" \"-\"\n",
	    "not even a method");
}

/* RFC 3339 has other names for it: day, month in English, year, time. */
Test(access, combined_has_a_time)
{
	char		 before[STILE_HTTP_DATE_SIZE], want[40];
	const char	*line;
	int		 i;

	ask(VARS("REQUEST_METHOD=GET"), 200);
	site.access_format = ACCESS_COMBINED;
	setlocale(LC_ALL, "de_DE.UTF-8");
	/* Not while a second ends. */
	for (i = 0; i < 10; i++) {
		stile_http_date(stile_now_ms() / 1000, before);
		access_write(&u.r, 5);
		line = from(access_fds[0]);
		snprintf(want, sizeof(want), " [%.2s/%.3s/%.4s:%.8s +0000] \"",
		    before + 5, before + 8, before + 12, before + 17);
		if (strstr(line, want) != NULL)
			return;
	}
	cr_expect(false, "%s in %s", want, line);
}

/* No field can end early, or be taken for the next one. */
Test(access, combined_escapes)
{
	ask(VARS("REQUEST_METHOD=GET", "REQUEST_URI=/\" 200 5 \"-\n1.2.3.4",
	    "SERVER_PROTOCOL=HTTP/1.1\r", "REMOTE_USER=a b\"c",
	    "HTTP_REFERER=\\\" \x1b[31m", "HTTP_USER_AGENT=\xC3\xA4\x7F"),
	    404);
	EXPECT_STR(combined(), "- - a b\\x22c \"GET "
	    "/\\x22 200 5 \\x22-\\x0a1.2.3.4 HTTP/1.1\\x0d\" 404 0 "
	    "\"\\x5c\\x22 \\x1b[31m\" \"\\xc3\\xa4\\x7f\"\n", "escapes");
}

/* Each field has its limit, and all of them together. */
static void
check_long(size_t n, char fill)
{
	static const char *const	names[] = { "REQUEST_METHOD=",
		"REQUEST_URI=", "SERVER_PROTOCOL=", "REMOTE_USER=",
		"HTTP_REFERER=", "HTTP_USER_AGENT=", "REMOTE_ADDR=" };
	static char			text[NELEM(names)][9000];
	char				*vars[NELEM(names) + 1] = { NULL };
	const char			*line;
	size_t				 i, k;

	for (i = 0; i < NELEM(names); i++) {
		k = strlen(names[i]);
		memcpy(text[i], names[i], k);
		memset(text[i] + k, fill, n);
		text[i][k + n] = '\0';
		vars[i] = text[i];
	}
	ask(vars, 200);
	line = combined();
	cr_expect_leq(strlen(line) + 28, 4096, "%zu", n);
	cr_expect_eq(line[strlen(line) - 2], '"');
	unit_end(&u);
}

Test(access, combined_is_bounded)
{
	size_t	n;

	for (n = 0; n < 9000; n += n < 1100 ? 1 : 97) {
		check_long(n, 'x');
		check_long(n, '"');
	}
	ask(VARS("REQUEST_METHOD=GET"), 200);
}
