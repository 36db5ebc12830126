/* SPDX-License-Identifier: ISC */
/* lib/http/file.c: files as answers, by ourselves or by the web server. */
#include "answer.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "stile/date.h"
#include "stile/file.h"

#define MTIME	1700000000	/* Tue, 14 Nov 2023 22:13:20 GMT */
#define BIG	200000		/* more than one read */

/* ---- an application over a folder --------------------------------------- */

static struct tmp		 tmp;
static char			 root[100];	/* what it may show */
static struct stile_file	 options;
static bool			 with_options;

static int
under(struct stile_req *r)
{
	return stile_send_file_under(r, root, stile_path(r, "path"),
	    with_options ? &options : NULL);
}

/* What no URL can say: any text as the path. */
static int
under_raw(struct stile_req *r)
{
	const char	*path = stile_header(r, "X-Path");

	return stile_send_file_under(r, root, path != NULL ? path : "", NULL);
}

static int
by_path(struct stile_req *r)
{
	return stile_send_file(r, stile_header(r, "X-Path"),
	    with_options ? &options : NULL);
}

static const char	*unclear;

/* By a path that is in no header. */
static int
send_unclear(struct stile_req *r)
{
	return stile_send_file(r, unclear, NULL);
}

static int
no_folder(struct stile_req *r)
{
	return stile_send_file_under(r, "/nonexistent/folder", "a.txt", NULL);
}

/* It gets shorter between the head and the body. */
static int
shrink(struct stile_req *r)
{
	const char	*path = tmp_path(&tmp, "", "root/big.bin");
	int		 rc = stile_send_file(r, path, NULL);

	cr_assert_eq(truncate(path, BIG / 2), 0);
	return rc;
}

static int
grow(struct stile_req *r)
{
	const char	*path = tmp_path(&tmp, "", "root/big.bin");
	int		 rc = stile_send_file(r, path, NULL);

	cr_assert_eq(truncate(path, BIG * 2), 0);
	return rc;
}

/* A file that is replaced is sent as it was. */
static int
replace(struct stile_req *r)
{
	const char	*path = tmp_path(&tmp, "", "root/a.txt");
	int		 rc = stile_send_file(r, path, NULL);

	cr_assert_eq(unlink(path), 0);
	write_file(path, "other", 5);
	return rc;
}

static int
after_a_failure(struct stile_req *r)
{
	stile_fail(r, 403, "not for you");
	stile_send_file_under(r, root, "a.txt", NULL);
	return stile_send_file(r, "/etc/passwd", NULL);
}

static int
twice(struct stile_req *r)
{
	stile_send_file_under(r, root, "a.txt", NULL);
	return stile_send_file_under(r, root, "a.txt", NULL);
}

static const struct stile_route routes[] = {
	ROUTE("GET", "/f/{path:path}", under),
	ROUTE("GET", "/raw", under_raw),
	ROUTE("GET", "/path", by_path),
	ROUTE("GET", "/unclear", send_unclear),
	ROUTE("GET", "/no-folder", no_folder),
	ROUTE("GET", "/shrink", shrink),
	ROUTE("GET", "/grow", grow),
	ROUTE("GET", "/replace", replace),
	ROUTE("GET", "/failed", after_a_failure),
	ROUTE("GET", "/twice", twice),
	{ 0 }
};
static const struct stile_app app = { .name = "files", .routes = routes };

static void
put_file(const char *name, const char *text, size_t n)
{
	const char		*path = tmp_path(&tmp, "", name);
	struct timespec		 t[2] = { { MTIME, 0 }, { MTIME, 0 } };

	write_file(path, text, n);
	cr_assert_eq(utimensat(AT_FDCWD, path, t, 0), 0);
}

static void
put_folder(const char *name)
{
	cr_assert_eq(mkdir(tmp_path(&tmp, "", name), 0755), 0);
}

static void
put_link(const char *to, const char *name)
{
	cr_assert_eq(symlink(to, tmp_path(&tmp, "", name)), 0);
}

/* A socket has a name that open(2) refuses in its own way. */
static void
put_socket(const char *name)
{
	struct sockaddr_un	sa = { .sun_family = AF_UNIX };
	int			fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/%s", tmp.dir, name);
	cr_assert_geq(fd, 0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	close(fd);
}

static void
begin(void)
{
	static char	big[BIG];
	size_t		i;

	for (i = 0; i < sizeof(big); i++)
		big[i] = (char)(i % 251);
	with_options = false;
	options = (struct stile_file){ .type = NULL };
	tmp_make(&tmp);
	snprintf(root, sizeof(root), "%s/root", tmp.dir);
	put_folder("root");
	put_folder("root/sub");
	put_file("secret.txt", "secret", 6);
	put_file("root/a.txt", "hello", 5);
	put_file("root/page.html", "<p>", 3);
	put_file("root/sub/b.css", "b{}", 3);
	put_file("root/empty", "", 0);
	put_file("root/\xC3\xBC b%.txt", "u", 1);
	put_file("root/big.bin", big, sizeof(big));
	put_file("root/noread", "x", 1);
	cr_assert_eq(chmod(tmp_path(&tmp, "", "root/noread"), 0), 0);
	put_link("../secret.txt", "root/link.txt");
	put_link("a.txt", "root/inside.txt");
	put_link("..", "root/up");
	put_link("sub", "root/sub-link");
	put_link("loop", "root/loop");
	cr_assert_eq(mkfifo(tmp_path(&tmp, "", "root/fifo"), 0644), 0);
	put_socket("root/socket");
}

static void
end(struct stile_client *c)
{
	stile_client_free(c);
	tmp_remove(&tmp);
}

Test(file, a_file_with_its_headers, .timeout = 60)
{
	struct stile_client		*c;
	const struct stile_answer	*a;
	const char			*etag;

	begin();
	c = CLIENT(&app);
	a = stile_client_get(c, "/f/a.txt");
	EXPECT_ANSWER(a, 200, "hello", "a.txt");
	cr_expect(length_is_true(a));
	EXPECT_HEADER(a, "Content-Type", "text/plain; charset=utf-8", "type");
	EXPECT_HEADER(a, "Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT",
	    "modified");
	EXPECT_HEADER(a, "Accept-Ranges", "bytes", "ranges");
	EXPECT_HEADER(a, "Cache-Control", NULL, "cache");
	EXPECT_HEADER(a, "Content-Disposition", NULL, "disposition");
	etag = stile_answer_header(a, "ETag");
	cr_assert(etag != NULL && etag[0] == '"');
	EXPECT_ANSWER(get_with(c, "/f/a.txt", "If-None-Match", etag), 304, "",
	    "304");
	EXPECT_HEADER(stile_client_get(c, "/f/a.txt"), "ETag", etag, "stable");

	a = send_to(c, "HEAD", "/f/a.txt");
	EXPECT_ANSWER(a, 200, "", "HEAD");
	EXPECT_HEADER(a, "Content-Length", "5", "HEAD");
	EXPECT_HEADER(a, "ETag", etag, "HEAD");

	/* The same length and second, but not the same moment. */
	put_file("root/a.txt", "HELLO", 5);
	cr_assert_eq(utimensat(AT_FDCWD, tmp_path(&tmp, "", "root/a.txt"),
	    (struct timespec[]){ { MTIME, 1 }, { MTIME, 1 } }, 0), 0);
	a = get_with(c, "/f/a.txt", "If-None-Match", etag);
	EXPECT_ANSWER(a, 200, "HELLO", "changed");

	a = stile_client_get(c, "/f/sub/b.css");
	EXPECT_ANSWER(a, 200, "b{}", "below");
	EXPECT_HEADER(a, "Content-Type", "text/css; charset=utf-8", "css");
	a = stile_client_get(c, "/f/empty");
	EXPECT_ANSWER(a, 200, "", "empty");
	EXPECT_HEADER(a, "Content-Length", "0", "empty");
	EXPECT_HEADER(a, "Content-Type", "application/octet-stream", "empty");
	EXPECT_ANSWER(stile_client_get(c, "/f/%C3%BC%20b%25.txt"), 200, "u",
	    "encoded");
	a = stile_client_get(c, "/f/big.bin");
	EXPECT_ANSWER(a, 200, NULL, "big");
	cr_expect_eq(stile_answer_body(a).len, BIG);
	cr_expect_eq(body_of(a)[BIG - 1], (char)((BIG - 1) % 251));
	cr_expect(length_is_true(a));
	EXPECT_ANSWER(stile_client_get(c, "/replace"), 200, "HELLO",
	    "as it was when it was opened");
	EXPECT_ANSWER(stile_client_get(c, "/twice"), 500, NULL, "twice");
	EXPECT_ANSWER(stile_client_get(c, "/failed"), 403, NULL, "failed");
	EXPECT_ANSWER(stile_client_get(c, "/no-folder"), 500, NULL,
	    "the folder is the program's affair");
	end(c);
}

/* What is not a file below the folder is not there, and nothing is said. */
Test(file, not_found, .timeout = 60)
{
	static const char *const targets[] = {
		"/f/none", "/f/sub/none", "/f/none/a.txt", "/f/a.txt/b",
		"/f/sub", "/f/sub/", "/f/a.txt/",
		"/f/fifo", "/f/socket",
		"/f/link.txt", "/f/inside.txt", "/f/up/secret.txt",
		"/f/up/root/a.txt", "/f/sub-link/b.css", "/f/loop",
	};
	static const char *const paths[] = {
		"", "/", ".", "..", "./a.txt", "../secret.txt",
		"sub/../a.txt", "sub/../../secret.txt", "sub/..", "a.txt/..",
		"/a.txt", "/etc/passwd", "//a.txt", "sub//b.css", "a.txt/",
		"sub/", "sub/./b.css", "%2e%2e/secret.txt", "..%2fsecret.txt",
		"..\\secret.txt", " a.txt", "a.txt ",
	};
	static const char *const own[] = { "none", "root", "root/fifo" };
	struct stile_client	*c;
	static char		 longest[300];
	size_t			 i;

	begin();
	c = CLIENT(&app);
	for (i = 0; i < NELEM(targets); i++)
		EXPECT_ANSWER(stile_client_get(c, targets[i]), 404, NULL,
		    "%s", targets[i]);
	for (i = 0; i < NELEM(paths); i++) {
		EXPECT_ANSWER(get_with(c, "/raw", "X-Path", paths[i]), 404,
		    NULL, "'%s'", paths[i]);
		EXPECT_STR(detail_of(get_with(c, "/raw", "X-Path", paths[i])),
		    "no such file", "'%s'", paths[i]);
	}
	if (geteuid() != 0)
		EXPECT_ANSWER(stile_client_get(c, "/f/noread"), 404, NULL,
		    "no right");
	memset(longest, 'x', sizeof(longest) - 1);
	EXPECT_ANSWER(get_with(c, "/raw", "X-Path", longest), 404, NULL,
	    "a long name");
	/* stile_send_file() too, but its path is the program's own. */
	for (i = 0; i < NELEM(own); i++)
		EXPECT_ANSWER(get_with(c, "/path", "X-Path",
		    tmp_path(&tmp, "", own[i])), 404, NULL, "%s", own[i]);
	EXPECT_ANSWER(get_with(c, "/path", "X-Path", ""), 404, NULL, "empty");
	EXPECT_ANSWER(get_with(c, "/path", "X-Path", tmp_path(&tmp, "",
	    "root/link.txt")), 200, "secret", "a link of one's own");
	end(c);
}

/* Dots and NULs do not get as far as a handler. */
Test(file, paths_that_are_refused)
{
	static const char *const targets[] = {
		"/f/../secret.txt", "/f/%2e%2e/secret.txt",
		"/f/%2E%2E%2Fsecret.txt", "/f/sub/%2e%2e/%2e%2e/secret.txt",
		"/f/./a.txt", "/f/a.txt%00.html", "/f/%FF",
	};
	struct stile_client		*c;
	const struct stile_answer	*a;
	size_t				 i;

	begin();
	c = CLIENT(&app);
	for (i = 0; i < NELEM(targets); i++) {
		a = stile_client_get(c, targets[i]);
		cr_expect(stile_answer_status(a) == 400 ||
		    stile_answer_status(a) == 404, "%s: %d", targets[i],
		    stile_answer_status(a));
		cr_expect(strstr(body_of(a), "secret") == NULL, "%s",
		    targets[i]);
	}
	/* Decoded twice by nobody. */
	EXPECT_ANSWER(stile_client_get(c, "/f/%252e%252e/secret.txt"), 404,
	    NULL, "twice");
	end(c);
}

/* Content-Length cannot be kept, and the client has to see that. */
Test(file, that_changes_while_it_is_sent)
{
	struct stile_client		*c;
	const struct stile_answer	*a;

	begin();
	c = CLIENT(&app);
	a = stile_client_get(c, "/grow");
	EXPECT_ANSWER(a, 200, NULL, "grow");
	cr_expect(!stile_answer_cut(a));
	cr_expect_eq(stile_answer_body(a).len, BIG);
	cr_assert_eq(truncate(tmp_path(&tmp, "", "root/big.bin"), BIG), 0);
	a = stile_client_get(c, "/shrink");
	EXPECT_ANSWER(a, 200, NULL, "shrink");
	EXPECT_HEADER(a, "Content-Length", "200000", "shrink");
	cr_expect(stile_answer_cut(a));
	cr_expect_eq(stile_answer_body(a).len, BIG / 2);
	cr_expect(!stile_answer_cut(stile_client_get(c, "/f/a.txt")));
	end(c);
}

Test(file, options)
{
	static const struct {
		const char	*name, *want;
	} names[] = {
		{ "a.txt", "attachment; filename=\"a.txt\"" },
		{ "a b;c.txt", "attachment; filename=\"a b;c.txt\"" },
		{ "a\"b.txt", "attachment; filename=\"a_b.txt\"; "
		    "filename*=UTF-8''a%22b.txt" },
		{ "a\\b", "attachment; filename=\"a_b\"; "
		    "filename*=UTF-8''a%5Cb" },
		{ "a/b", "attachment; filename=\"a_b\"; "
		    "filename*=UTF-8''a%2Fb" },
		/* Some browsers decode it. */
		{ "100%25.txt", "attachment; filename=\"100_25.txt\"; "
		    "filename*=UTF-8''100%2525.txt" },
		{ "\xC3\x9C" "bersicht.pdf", "attachment; "
		    "filename=\"__bersicht.pdf\"; "
		    "filename*=UTF-8''%C3%9Cbersicht.pdf" },
		{ "\xE2\x82\xAC rates", "attachment; filename=\"___ rates\"; "
		    "filename*=UTF-8''%E2%82%AC%20rates" },
		{ "it's (1)*.txt", "attachment; filename=\"it's (1)*.txt\"" },
		{ "'\xC3\xBC*", "attachment; filename=\"'__*\"; "
		    "filename*=UTF-8''%27%C3%BC%2A" },
		{ "a\r\nX: y", "attachment; filename=\"a__X: y\"; "
		    "filename*=UTF-8''a%0D%0AX%3A%20y" },
		{ "\x7F", "attachment; filename=\"_\"; "
		    "filename*=UTF-8''%7F" },
		{ "", "attachment; filename=\"\"" },
	};
	struct stile_client		*c;
	const struct stile_answer	*a;
	size_t				 i;

	begin();
	c = CLIENT(&app);
	with_options = true;
	for (i = 0; i < NELEM(names); i++) {
		options.download = names[i].name;
		a = stile_client_get(c, "/f/a.txt");
		EXPECT_ANSWER(a, 200, "hello", "%zu", i);
		EXPECT_HEADER(a, "Content-Disposition", names[i].want, "%zu",
		    i);
		EXPECT_HEADER(a, "X", NULL, "%zu", i);
	}
	options = (struct stile_file){ .type = "x/y", .max_age_secs = 3600 };
	a = stile_client_get(c, "/f/a.txt");
	EXPECT_HEADER(a, "Content-Type", "x/y", "type");
	EXPECT_HEADER(a, "Cache-Control", "max-age=3600", "age");
	EXPECT_HEADER(a, "Content-Disposition", NULL, "download");
	options = (struct stile_file){ .max_age_secs = -1 };
	a = stile_client_get(c, "/f/a.txt");
	EXPECT_HEADER(a, "Cache-Control", NULL, "age");
	EXPECT_HEADER(a, "Content-Type", "text/plain; charset=utf-8", "type");
	options = (struct stile_file){ .type = "a\r\nb" };
	EXPECT_ANSWER(stile_client_get(c, "/f/a.txt"), 500, NULL, "bad type");
	end(c);
}

/* ---- the web server sends it -------------------------------------------- */

Test(file, handed_to_nginx)
{
	char				 map[200];
	struct stile_client		*c;
	const struct stile_answer	*a;
	size_t				 i;
	static const struct {
		const char	*target;
		int		 status;
		const char	*name;
	} cases[] = {
		{ "/f/a.txt",		200, "/internal/files/a.txt" },
		{ "/f/sub/b.css",	200, "/internal/files/sub/b.css" },
		{ "/f/%C3%BC%20b%25.txt", 200,
		    "/internal/files/%C3%BC%20b%25.txt" },
		{ "/f/none",		404, NULL },
		{ "/f/link.txt",	404, NULL },
		{ "/f/sub",		404, NULL },
	};

	begin();
	snprintf(map, sizeof(map), "send_file_map=%s=/internal/files", root);
	c = CLIENT(&app, "send_file=x-accel-redirect", map,);
	with_options = true;
	options = (struct stile_file){ .download = "d.txt",
	    .max_age_secs = 60 };
	for (i = 0; i < NELEM(cases); i++) {
		a = stile_client_get(c, cases[i].target);
		EXPECT_ANSWER(a, cases[i].status, cases[i].status == 200 ? "" :
		    NULL, "%s", cases[i].target);
		EXPECT_HEADER(a, "X-Accel-Redirect", cases[i].name, "%s",
		    cases[i].target);
	}
	a = get_with(c, "/f/a.txt", "Range", "bytes=0-1");
	EXPECT_ANSWER(a, 200, "", "ranges are the server's");
	EXPECT_HEADER(a, "Content-Type", "text/plain; charset=utf-8", "type");
	EXPECT_HEADER(a, "Content-Disposition",
	    "attachment; filename=\"d.txt\"", "download");
	EXPECT_HEADER(a, "Cache-Control", "max-age=60", "age");
	EXPECT_HEADER(a, "ETag", NULL, "the server has its own");
	EXPECT_HEADER(a, "Accept-Ranges", NULL, "ranges");

	/* A file that the server does not have by any name. */
	a = get_with(c, "/path", "X-Path", tmp_path(&tmp, "", "secret.txt"));
	EXPECT_ANSWER(a, 500, NULL, "outside the map");
	EXPECT_HEADER(a, "X-Accel-Redirect", NULL, "outside the map");
	cr_expect(strstr(body_of(a), "secret") == NULL, "nor the path");
	a = get_with(c, "/path", "X-Path", tmp_path(&tmp, "",
	    "root/../secret.txt"));
	EXPECT_ANSWER(a, 500, NULL, "outside, in the end");
	EXPECT_HEADER(a, "X-Accel-Redirect", NULL, "outside, in the end");
	stile_client_free(c);

	/* "/tmp/x/root" is not the start of "/tmp/x/root2". */
	snprintf(map, sizeof(map), "send_file_map=%s=/internal", root);
	c = CLIENT(&app, "send_file=x-accel-redirect", map,);
	put_folder("root2");
	put_file("root2/a.txt", "x", 1);
	EXPECT_ANSWER(get_with(c, "/path", "X-Path", tmp_path(&tmp, "",
	    "root2/a.txt")), 500, NULL, "a longer name");
	stile_client_free(c);
	c = CLIENT(&app, "send_file=x-accel-redirect",);
	EXPECT_ANSWER(stile_client_get(c, "/f/a.txt"), 500, NULL, "no map");
	end(c);
}

Test(file, handed_over_by_path)
{
	struct stile_client		*c;
	const struct stile_answer	*a;

	begin();
	c = CLIENT(&app, "send_file=x-sendfile",);
	a = stile_client_get(c, "/f/sub/b.css");
	EXPECT_ANSWER(a, 200, "", "x-sendfile");
	EXPECT_HEADER(a, "X-Sendfile", tmp_path(&tmp, "", "root/sub/b.css"),
	    "x-sendfile");
	EXPECT_HEADER(a, "Content-Type", "text/css; charset=utf-8", "type");
	EXPECT_HEADER(a, "ETag", NULL, "etag");
	EXPECT_ANSWER(stile_client_get(c, "/f/none"), 404, NULL, "none");
	end(c);
}

/* What a server may read otherwise, or could not be told, is sent by us. */
Test(file, unclear_paths_are_not_handed_over)
{
	static const struct {
		const char	*name;
		bool		 handed;
	} cases[] = {
		{ "a b.txt", true }, { "\xC3\xBC.txt", true }, { "a+b", true },
		{ "50%.txt", false }, { "50%25", false }, { "a\nb", false },
		{ "a\tb", false }, { "a\x7F", false }, { "a ", false },
		{ "\xFC.txt", false },
	};
	struct stile_client		*c;
	const struct stile_answer	*a;
	const char			*path;
	size_t				 i;

	begin();
	c = CLIENT(&app, "send_file=x-sendfile",);
	for (i = 0; i < NELEM(cases); i++) {
		put_file(cases[i].name, "text", 4);
		unclear = path = tmp_path(&tmp, "", cases[i].name);
		a = stile_client_get(c, "/unclear");
		EXPECT_ANSWER(a, 200, cases[i].handed ? "" : "text", "%s",
		    cases[i].name);
		EXPECT_HEADER(a, "X-Sendfile", cases[i].handed ? path : NULL,
		    "%s", cases[i].name);
	}
	end(c);
}

static size_t
open_files(void)
{
	size_t	n = 0;
	int	fd;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

/* And leaves no file open. */
Test(file, survives_every_allocation_failure, .timeout = 120)
{
	static const char *const targets[] = { "/f/a.txt", "/f/sub/b.css",
		"/f/none" };
	struct stile_client	*c;
	char			 map[200];
	size_t			 i, n;

	begin();
	n = open_files();
	with_options = true;
	options = (struct stile_file){ .download = "\xC3\xBC.txt",
	    .max_age_secs = 60 };
	c = CLIENT(&app);
	for (i = 0; i < NELEM(targets); i++)
		torture_get(c, targets[i]);
	stile_client_header(c, "Range", "bytes=0-0,2-2");
	torture_get(c, "/f/a.txt");
	stile_client_free(c);
	snprintf(map, sizeof(map), "send_file_map=%s=/internal", root);
	c = CLIENT(&app, "send_file=x-accel-redirect", map,);
	torture_get(c, "/f/sub/b.css");
	end(c);
	cr_expect_eq(open_files(), n);
}
