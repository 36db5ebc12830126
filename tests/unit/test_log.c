/* SPDX-License-Identifier: ISC */
/* lib/base/log.c: one line an event that no value can forge or break. */
#include "comma.h"

#include <fcntl.h>
#include <math.h>

#include "base/log.h"
#include "base/ring.h"

#define LOG_MAX	(64 * 1024)

static int		 fds[2];
static char		 out[LOG_MAX];
static struct stile_log	*text, *json;

static void
setup(void)
{
	cr_assert_eq(pipe(fds), 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	text = stile_log_new(fds[1], STILE_INFO, STILE_LOG_TEXT);
	json = stile_log_new(fds[1], STILE_INFO, STILE_LOG_JSON);
}

static void
teardown(void)
{
	stile_log_free(text);
	stile_log_free(json);
	close(fds[0]);
	close(fds[1]);
}

TestSuite(log, .init = setup, .fini = teardown);

/* What has been written since the last call. */
static const char *
written(void)
{
	ssize_t	n = read(fds[0], out, sizeof(out) - 1);

	out[n > 0 ? n : 0] = '\0';
	return out;
}

/* The same without the time, which is the first pair. */
static const char *
line(void)
{
	const char	*p = strchr(written(), 'Z');

	cr_assert(p != NULL);
	return p + 1 + strspn(p + 1, "\", ");
}

/* What a JSON line says; it has to be one. */
static struct json_object *
parsed(void)
{
	struct json_object	*j;
	const char		*s = written();

	cr_assert(*s != '\0' && s[strlen(s) - 1] == '\n');
	cr_assert(strchr(s, '\n') == s + strlen(s) - 1, "one line");
	j = json_tokener_parse(s);
	cr_assert(json_object_is_type(j, json_type_object), "%s", s);
	return j;
}

static const char *
member(struct json_object *j, const char *name)
{
	return json_object_get_string(json_object_object_get(j, name));
}

Test(log, text_lines)
{
	stile_log(text, STILE_WARN, "a message", STILE_ARGS("n", -5,
	    "ok", stile_bool(true), "name", "bare", "none", stile_null(),
	    "half", 0.5, "bytes", stile_blob("x", 1)));
	EXPECT_STR(line(), "level=warn msg=\"a message\" n=-5 ok=true "
	    "name=bare none=null half=0.5 bytes=blob\n", "all types");
	stile_log(text, STILE_INFO, "started", STILE_NOARGS);
	EXPECT_STR(line(), "level=info msg=started\n", "no values");
}

Test(log, text_values_are_quoted_where_needed)
{
	static const char *const cases[][2] = {
		{ "bare/path?x",	"bare/path?x" },
		{ "",			"\"\"" },
		{ "two words",		"\"two words\"" },
		{ "a=b",		"\"a=b\"" },
		{ "q\"q",		"\"q\\\"q\"" },
		{ "b\\b",		"\"b\\\\b\"" },
		{ "x\nlevel=error",	"\"x\\nlevel=error\"" },
		{ "\x1b[31m",		"\"\\u001b[31m\"" },
		{ "\xC3\xA4",		"\"\xC3\xA4\"" },
		{ "\xFF",		"\"\xEF\xBF\xBD\"" },
	};
	char	want[100];
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		stile_log(text, STILE_INFO, "m", STILE_ARGS("v", cases[i][0]));
		snprintf(want, sizeof(want), "level=info msg=m v=%s\n",
		    cases[i][1]);
		EXPECT_STR(line(), want, "%s", cases[i][1]);
	}
}

Test(log, json_lines)
{
	struct json_object	*j;

	stile_log(json, STILE_ERROR, "it \"broke\"", STILE_ARGS("n", -5,
	    "yes", stile_bool(true), "s", "x\ny", "none", stile_null(),
	    "d", 0.5));
	j = parsed();
	cr_expect_eq(strlen(member(j, "time")), 24);
	EXPECT_STR(member(j, "level"), "error", "level");
	EXPECT_STR(member(j, "msg"), "it \"broke\"", "msg");
	EXPECT_STR(member(j, "n"), "-5", "n");
	EXPECT_STR(member(j, "yes"), "true", "yes");
	EXPECT_STR(member(j, "s"), "x\ny", "s");
	EXPECT_STR(member(j, "d"), "0.5", "d");
	cr_expect(json_object_object_get_ex(j, "none", NULL));
	json_object_put(j);
}

Test(log, json_has_no_infinity)
{
	const char	*s;

	stile_log(json, STILE_INFO, "m", STILE_ARGS("a", (double)NAN, "b",
	    (double)INFINITY, "c", (double)-INFINITY));
	s = written();
	cr_expect(strstr(s, "\"a\":null,\"b\":null,\"c\":null}") != NULL, "%s",
	    s);
}

Test(log, has_no_decimal_comma)
{
	struct json_object	*j;

	use_decimal_comma();
	stile_log(json, STILE_INFO, "m", STILE_ARGS("a", 1.5));
	j = parsed();
	EXPECT_STR(member(j, "a"), "1.5", "a");
	json_object_put(j);
}

Test(log, levels)
{
	enum stile_level	l;
	struct stile_log	*quiet;

	for (l = STILE_DEBUG; l <= STILE_QUIET; l++) {
		cr_expect_eq(stile_log_on(text, l), l >= STILE_INFO &&
		    l <= STILE_ERROR, "%d", l);
		stile_log(text, l, "m", STILE_NOARGS);
		cr_expect_eq(*written() != '\0', stile_log_on(text, l), "%d",
		    l);
	}
	quiet = stile_log_new(fds[1], STILE_QUIET, STILE_LOG_TEXT);
	stile_log(quiet, STILE_ERROR, "m", STILE_NOARGS);
	stile_log(NULL, STILE_ERROR, "m", STILE_NOARGS);
	EXPECT_STR(written(), "", "quiet, or no log at all");
	stile_log_free(quiet);
	stile_log_free(NULL);
}

/* Each length about the place where a line is full. */
Test(log, a_long_line_says_that_it_is_cut)
{
	static char		 big[2000];
	struct stile_str	 full = { big, sizeof(big) };
	struct json_object	*j;
	struct stile_args	 args;
	const char		*s;
	size_t			 n, cut = 0, whole = 0;
	bool			 is_cut;

	memset(big, 'x', sizeof(big));
	for (n = 0; n < sizeof(big); n++) {
		args = STILE_ARGS("a", full, "b", full, "c", full,
		    "c", ((struct stile_str){ big, 1000 }),
		    "d", ((struct stile_str){ big, n }), "e", 5);
		stile_log(text, STILE_INFO, "m", args);
		s = written();
		is_cut = strstr(s, " cut=true\n") != NULL;
		cr_assert_eq(strstr(s, " e=5\n") == NULL, is_cut, "%zu", n);
		cr_assert_eq(s[strlen(s) - 1], '\n');

		stile_log(json, STILE_INFO, "m", args);
		j = parsed();
		is_cut = json_object_object_get_ex(j, "cut", NULL);
		cr_assert_eq(json_object_object_get_ex(j, "e", NULL), !is_cut);
		json_object_put(j);
		*(is_cut ? &cut : &whole) += 1;
	}
	cr_expect(whole > 0 && cut > 0, "%zu and %zu", whole, cut);
}

Test(log, a_long_value_says_that_it_is_cut)
{
	static char	 big[5000];
	const char	*s;

	memset(big, 'x', sizeof(big) - 1);
	stile_log(text, STILE_INFO, "m", STILE_ARGS("v", big, "w", 1));
	s = line();
	cr_expect(strstr(s, "xxx...\" w=1\n") != NULL);
	cr_expect_eq(strspn(strchr(s, 'x'), "x"), 2048);
}

/* Names may be views; one that is no text, and one without value, is left. */
Test(log, names)
{
	struct stile_str	view = { "nameXXX", 4 };

	stile_log(text, STILE_INFO, "m", STILE_ARGS(view, 1, 5, 6, "z", 2,
	    "alone"));
	EXPECT_STR(line(), "level=info msg=m name=1 z=2\n", "names");
	stile_log(json, STILE_INFO, NULL, STILE_ARGS(view, 1));
	EXPECT_STR(line(), "level\":\"info\",\"msg\":null,\"name\":1}\n",
	    "no message");
}

Test(log, without_memory)
{
	stile__fail_after = 1;
	cr_expect(stile_log_new(1, STILE_INFO, STILE_LOG_TEXT) == NULL);
	stile__fail_after = 0;
}

/* ---- where the lines go ---------------------------------------------------- */

Test(log, to_another_descriptor)
{
	int	other[2];
	char	line_there[200] = "";

	cr_expect_eq(stile__log_fd(text), fds[1]);
	cr_assert_eq(pipe(other), 0);
	stile__log_to_fd(text, other[1]);
	cr_expect_eq(stile__log_fd(text), other[1]);
	stile_log(text, STILE_INFO, "m", STILE_NOARGS);
	EXPECT_STR(written(), "", "not to the old one");
	cr_expect_gt(read(other[0], line_there, sizeof(line_there) - 1), 0);
	cr_expect(strstr(line_there, "msg=m\n") != NULL);
	stile__log_to_syslog(text);
	cr_expect_eq(stile__log_fd(text), -1);
	close(other[0]);
	close(other[1]);
}

Test(log, to_a_ring)
{
	struct ring	*r = ring_new(4096);
	const char	*p;
	size_t		 n;

	cr_assert(r != NULL);
	ring_close(r);
	stile__log_to_ring(text, r);
	stile_log(text, STILE_INFO, "m", STILE_ARGS("n", 1));
	stile__log_line(text, STILE_INFO, "as it is\n", 9);
	EXPECT_STR(written(), "", "not to the descriptor");
	cr_expect_eq(stile__log_fd(text), fds[1], "which it keeps");
	n = ring_wait(r, &p);
	cr_expect(memmem(p, n, " level=info msg=m n=1\nas it is\n", 31) ==
	    p + n - 31, "%.*s", (int)n, p);
	ring_took(r, n);
	stile__log_to_ring(text, NULL);
	stile_log(text, STILE_INFO, "again", STILE_NOARGS);
	EXPECT_STR(line(), "level=info msg=again\n", "there once more");
	cr_expect_eq(ring_wait(r, &p), 0);
	ring_free(r);
}

/* Levels do not count for a line as it is. */
Test(log, line_as_it_is)
{
	stile__log_line(text, STILE_DEBUG, "a\tb\n", 4);
	EXPECT_STR(written(), "a\tb\n", "nothing is added");
}

Test(log, escape)
{
	static const struct { const char *in, *want; size_t size; } cases[] = {
		{ "", "", 10 }, { "abc", "abc", 10 }, { "abc", "abc", 6 },
		{ "abc", "ab", 5 }, { "abc", "a", 4 }, { "abc", "", 3 },
		{ "abc", "", 0 },
		{ "a\"b", "a\\x22b", 10 }, { "a\\b", "a\\x5cb", 10 },
		{ "\n\r\t\x1f ", "\\x0a\\x0d\\x09\\x1f ", 40 },
		{ "~\x7f\x80\xff", "~\\x7f\\x80\\xff", 40 },
		{ "\n\n", "\\x0a\\x0a", 8 }, { "\n\n", "\\x0a", 7 },
		{ "\n\n", "\\x0a", 4 }, { "\n\n", "", 3 },
	};
	char	*esc;
	size_t	 i, n;

	for (i = 0; i < NELEM(cases); i++) {
		/* Of exactly its size, so that ASan sees any step beyond. */
		if ((esc = malloc(cases[i].size + 1)) == NULL)
			cr_assert(false, "no memory");
		n = stile__log_escape(stile_str(cases[i].in), esc + 1,
		    cases[i].size);
		cr_assert_leq(n, cases[i].size);
		cr_expect(n == strlen(cases[i].want) &&
		    memcmp(esc + 1, cases[i].want, n) == 0, "%zu: %.*s", i,
		    (int)n, esc + 1);
		free(esc);
	}
	cr_expect_eq(stile__log_escape((struct stile_str){ "a\0b", 3 },
	    (char[20]){ 0 }, 20), 6, "a NUL is four characters too");
}

/* Of a destination that is gone nobody is told, and nobody ends. */
Test(log, a_descriptor_that_is_closed)
{
	stile__log_to_fd(text, 12345);
	stile_log(text, STILE_ERROR, "m", STILE_NOARGS);
	EXPECT_STR(written(), "", "nothing");
}
