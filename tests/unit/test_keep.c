/* SPDX-License-Identifier: ISC */
/* lib/http/keep.c: an uploaded file gets a name whole, or not at all. */
#include "form.h"

#include <sys/resource.h>

#include "http/upload.h"

#define SIZE	200000		/* more than is copied at a time */

/* What the handler does with the file, and what came of it. */
static const char	*keep_path;
static enum stile_keep	 keep_how;
static int		 keep_rc;

static int
keep(struct stile_req *r)
{
	struct stile_upload	*u = stile_upload(r, "f");

	keep_rc = u != NULL ? stile_upload_keep(r, u, keep_path, keep_how) :
	    STILE_EFAILED;
	return stile_send_empty(r, 204);
}

/* Linked where it was made, or copied from another file system. */
static const char *const	dirs[] = { "/tmp", "/dev/shm" };

struct place {
	struct tmp		 t;
	struct stile_client	*c;
	struct form		 f;
	size_t			 fds;
};

/* The file has n bytes of c. */
static void
begin(struct place *p, const char *dir, char c, size_t n)
{
	memset(p, 0, sizeof(*p));
	tmp_make(&p->t);
	p->c = CLIENT(&form_app, upload_dir(dir),);
	form_file(&p->f, "f", "x", c, n);
	form_end(&p->f);
	p->fds = open_fds();
	act = keep;
}

static void
end(struct place *p)
{
	cr_expect_eq(open_fds(), p->fds);
	form_clear(&p->f);
	stile_client_free(p->c);
	tmp_remove(&p->t);
}

static const struct stile_answer *
keep_as(struct place *p, const char *path, enum stile_keep how)
{
	const struct stile_answer	*a;

	keep_path = path;
	keep_how = how;
	a = form_send(p->c, &p->f);
	cr_expect_eq(keep_rc, stile_answer_status(a) == 204 ? STILE_OK :
	    STILE_EFAILED);
	return a;
}

/* Exactly n bytes of c, with the mode that is promised. */
static void
expect_file(const char *path, char c, size_t n)
{
	struct stat	 st;
	char		*p = malloc(n + 2);
	size_t		 i;
	FILE		*f;

	cr_assert(p != NULL);
	if ((f = fopen(path, "r")) == NULL)
		cr_assert(false, "%s: %s", path, strerror(errno));
	cr_assert_eq(fread(p, 1, n + 2, f), n, "%s", path);
	for (i = 0; i < n && p[i] == c; i++)
		;
	cr_expect_eq(i, n, "%s: byte %zu", path, i);
	cr_assert_eq(fstat(fileno(f), &st), 0);
	cr_expect_eq(st.st_mode, S_IFREG | 0640, "%s: %o", path, st.st_mode);
	fclose(f);
	free(p);
}

/* The folder that it is kept in is not the one that it comes from. */
Test(keep, from_another_file_system_is_tested)
{
	struct stat	a, b;

	cr_assert_eq(stat("/tmp", &a), 0);
	cr_assert_eq(stat("/dev/shm", &b), 0);
	cr_expect_neq(a.st_dev, b.st_dev);
}

Test(keep, whole_and_with_its_mode_whatever_the_umask)
{
	static const mode_t	masks[] = { 0, 022, 077 };
	static const size_t	sizes[] = { 0, 1, 65536, 65537, SIZE };
	struct place		p;
	size_t			i, k, n;
	mode_t			old;

	for (i = 0; i < NELEM(dirs); i++)
		for (k = 0; k < NELEM(masks); k++)
			for (n = 0; n < NELEM(sizes); n++) {
				begin(&p, dirs[i], 'n', sizes[n]);
				old = umask(masks[k]);
				EXPECT_ANSWER(keep_as(&p, tmp_path(&p.t, "",
				    "new"), STILE_KEEP_NEW), 204, "", "%s, %o",
				    dirs[i], masks[k]);
				umask(old);
				expect_file(tmp_path(&p.t, "", "new"), 'n',
				    sizes[n]);
				cr_expect_eq(entries(p.t.dir), 1);
				end(&p);
			}
}

Test(keep, new_is_not_put_over_what_is_there)
{
	const struct stile_answer	*a;
	struct place			 p;
	const char			*path;
	size_t				 i;

	for (i = 0; i < NELEM(dirs); i++) {
		begin(&p, dirs[i], 'n', SIZE);
		path = tmp_path(&p.t, "", "there");
		write_file(path, "oo", 2);
		cr_assert_eq(chmod(path, 0640), 0);
		a = keep_as(&p, path, STILE_KEEP_NEW);
		EXPECT_ANSWER(a, 409, NULL, "%s", dirs[i]);
		EXPECT_STR(detail_of(a), "there is a file of this name", "409");
		expect_file(path, 'o', 2);
		cr_expect_eq(entries(p.t.dir), 1);
		end(&p);
	}
}

/* Who has the old one open goes on reading the old one. */
Test(keep, replace_leaves_the_old_one_to_its_readers)
{
	struct place	p;
	const char	*path;
	char		 old[4];
	size_t		 i;
	int		 fd;

	for (i = 0; i < NELEM(dirs); i++) {
		begin(&p, dirs[i], 'n', SIZE);
		path = tmp_path(&p.t, "", "there");
		EXPECT_ANSWER(keep_as(&p, path, STILE_KEEP_REPLACE), 204, "",
		    "%s: nothing is there", dirs[i]);
		expect_file(path, 'n', SIZE);
		write_file(path, "oo", 2);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		cr_assert_geq(fd, 0);
		EXPECT_ANSWER(keep_as(&p, path, STILE_KEEP_REPLACE), 204, "",
		    "%s: something is there", dirs[i]);
		expect_file(path, 'n', SIZE);
		cr_expect_eq(read(fd, old, sizeof(old)), 2);
		cr_expect_arr_eq(old, "oo", 2);
		close(fd);
		cr_expect_eq(entries(p.t.dir), 1);
		end(&p);
	}
}

/* Never is less than a whole file there to be seen. */
static void
watch(const char *path, const char *stop)
{
	struct stat	st;

	while (access(stop, F_OK) != 0)
		if (stat(path, &st) != 0 || st.st_size != SIZE)
			_exit(1);
	_exit(0);
}

Test(keep, replace_is_atomic)
{
	struct place	p;
	const char	*path, *stop;
	size_t		i;
	int		n, st;
	pid_t		pid;

	for (i = 0; i < NELEM(dirs); i++) {
		begin(&p, dirs[i], 'n', SIZE);
		path = tmp_path(&p.t, "", "there");
		stop = tmp_path(&p.t, "", "stop");
		EXPECT_ANSWER(keep_as(&p, path, STILE_KEEP_NEW), 204, "",
		    "first");
		if ((pid = fork()) == 0)
			watch(path, stop);
		cr_assert_gt(pid, 0);
		for (n = 0; n < 20; n++)
			EXPECT_ANSWER(keep_as(&p, path, STILE_KEEP_REPLACE),
			    204, "", "again");
		write_file(stop, "", 0);
		cr_assert_eq(waitpid(pid, &st, 0), pid);
		cr_expect(WIFEXITED(st) && WEXITSTATUS(st) == 0, "%s", dirs[i]);
		end(&p);
	}
}

/* ---- a link or a copy ------------------------------------------------- */

static int
keep_and_compare(struct stile_req *r)
{
	struct stile_upload	*u = stile_upload(r, "f");
	struct stat		 sent, kept;

	if (stile_upload_keep(r, u, keep_path, keep_how) != STILE_OK)
		return STILE_EFAILED;
	cr_assert_eq(fstat(u->fd, &sent), 0);
	cr_assert_eq(stat(keep_path, &kept), 0);
	return stile_send_text(r, 200, sent.st_dev == kept.st_dev &&
	    sent.st_ino == kept.st_ino ? "link" : "copy");
}

/* In the file system where it was made: how it gets there. */
static void
check_keep(const char *dir, const char *how, const char *what)
{
	struct place	p;
	char		path[80];

	begin(&p, dir, 'n', SIZE);
	snprintf(path, sizeof(path), "%s/kept", dir);
	act = keep_and_compare;
	keep_path = path;
	keep_how = STILE_KEEP_NEW;
	EXPECT_ANSWER(form_send(p.c, &p.f), 200, how, "%s: new", what);
	expect_file(path, 'n', SIZE);
	EXPECT_ANSWER(form_send(p.c, &p.f), 409, NULL, "%s: there", what);
	write_file(path, "oo", 2);
	keep_how = STILE_KEEP_REPLACE;
	EXPECT_ANSWER(form_send(p.c, &p.f), 200, how, "%s: replaced", what);
	expect_file(path, 'n', SIZE);
	cr_expect_eq(entries(dir), 1, "%s: a piece was left", what);
	cr_expect_eq(unlink(path), 0);
	end(&p);
}

/* tmpfs has files without a name wherever there is a tmpfs. */
Test(keep, linked_where_that_is_possible_and_else_copied)
{
	char	dir[] = "/dev/shm/stile-unit-XXXXXX";

	cr_assert(mkdtemp(dir) != NULL);
	umask(077);
	check_keep(dir, "link", "no name");
	no_unnamed_files(EOPNOTSUPP);
	check_keep(dir, "copy", "a name that was removed");
	cr_expect_eq(rmdir(dir), 0);
}

/* ---- where it cannot be put ------------------------------------------ */

static const struct where_case {
	const char	*name;		/* in the folder */
	int		 as_new, as_replacement;
} wheres[] = {
	{ "missing/file",	500, 500 },
	{ "",			500, 500 },	/* the folder and a slash */
	{ "folder",		409, 500 },
	{ "folder/",		500, 500 },
	{ "file/below",		500, 500 },
	{ ".",			409, 500 },
	{ "dangling",		409, 204 },
};

static void
check_where(const struct where_case *w, const char *dir, enum stile_keep how)
{
	int			 status = how == STILE_KEEP_NEW ? w->as_new :
				    w->as_replacement;
	const struct stile_answer *a;
	struct place		 p;

	begin(&p, dir, 'n', 10);
	write_file(tmp_path(&p.t, "", "file"), "o", 1);
	cr_assert_eq(mkdir(tmp_path(&p.t, "", "folder"), 0700), 0);
	cr_assert_eq(symlink("nowhere", tmp_path(&p.t, "", "dangling")), 0);
	a = keep_as(&p, tmp_path(&p.t, "", w->name), how);
	EXPECT_ANSWER(a, status, NULL, "'%s' from %s, %d", w->name, dir, how);
	if (status == 500)
		EXPECT_STR(detail_of(a), NULL, "the path is not told");
	cr_expect_eq(entries(p.t.dir), 3, "'%s': something was left", w->name);
	cr_expect_eq(entries(tmp_path(&p.t, "", "folder")), 0);
	cr_expect(access(tmp_path(&p.t, "", "nowhere"), F_OK) != 0,
	    "a link was followed");
	end(&p);
}

Test(keep, where_it_cannot_be_put)
{
	size_t	i, k;

	for (i = 0; i < NELEM(wheres); i++)
		for (k = 0; k < NELEM(dirs); k++) {
			check_where(&wheres[i], dirs[k], STILE_KEEP_NEW);
			check_where(&wheres[i], dirs[k], STILE_KEEP_REPLACE);
		}
}

Test(keep, a_name_that_is_too_long)
{
	struct place	p;
	char		path[400];
	size_t		i;

	for (i = 0; i < NELEM(dirs); i++) {
		begin(&p, dirs[i], 'n', 10);
		snprintf(path, sizeof(path), "%s/%0*d", p.t.dir, 256, 0);
		EXPECT_ANSWER(keep_as(&p, path, STILE_KEEP_NEW), 500, NULL,
		    "256 characters");
		cr_expect_eq(entries(p.t.dir), 0);
		path[strlen(path) - 1] = '\0';
		EXPECT_ANSWER(keep_as(&p, path, STILE_KEEP_NEW), 204, "",
		    "255 characters");
		end(&p);
	}
}

Test(keep, in_the_working_directory)
{
	struct place	p;
	size_t		i;

	for (i = 0; i < NELEM(dirs); i++) {
		begin(&p, dirs[i], 'n', 10);
		cr_assert_eq(chdir(p.t.dir), 0);
		EXPECT_ANSWER(keep_as(&p, "here", STILE_KEEP_NEW), 204, "",
		    "without a slash");
		expect_file(tmp_path(&p.t, "", "here"), 'n', 10);
		cr_assert_eq(chdir("/"), 0);
		end(&p);
	}
}

/* ---- in the handler -------------------------------------------------- */

static int
keep_twice(struct stile_req *r)
{
	struct stile_upload	*u = stile_upload(r, "f");
	char			 p[4];

	cr_expect_eq(stile_upload_keep(r, u, keep_path, STILE_KEEP_NEW),
	    STILE_OK);
	cr_expect_eq(stile_upload_read(r, u, 0, p, sizeof(p)), 4,
	    "it can still be read");
	EXPECT_STR(stile_upload_field(u), "f", "it is still there");
	cr_expect_eq(stile_upload_keep(r, u, keep_path, STILE_KEEP_REPLACE),
	    STILE_OK, "by itself");
	cr_expect_eq(stile_upload_keep(r, u, keep_path, STILE_KEEP_NEW),
	    STILE_EFAILED);
	return stile_failed(r);
}

Test(keep, more_than_once)
{
	struct place	p;
	const char	*path;
	size_t		i;

	for (i = 0; i < NELEM(dirs); i++) {
		begin(&p, dirs[i], 'n', 10);
		act = keep_twice;
		keep_path = path = tmp_path(&p.t, "", "one");
		EXPECT_ANSWER(form_send(p.c, &p.f), 409, NULL, "%s", dirs[i]);
		expect_file(path, 'n', 10);
		cr_expect_eq(entries(p.t.dir), 1, "%s: another name is left",
		    dirs[i]);
		end(&p);
	}
}

static int
keep_after_failure(struct stile_req *r)
{
	struct stile_upload	*u = stile_upload(r, "f");

	stile_fail(r, 422, "not this one");
	cr_expect_eq(stile_upload_keep(r, u, keep_path, STILE_KEEP_NEW),
	    STILE_EFAILED);
	return stile_failed(r);
}

Test(keep, nothing_is_kept_after_a_failure)
{
	struct place	p;

	begin(&p, "/tmp", 'n', 10);
	act = keep_after_failure;
	keep_path = tmp_path(&p.t, "", "one");
	EXPECT_ANSWER(form_send(p.c, &p.f), 422, NULL, "the first stands");
	cr_expect_eq(entries(p.t.dir), 0);
	end(&p);
}

/* The file is there, and then there is no room for a copy. */
static int
keep_without_room(struct stile_req *r)
{
	struct stile_upload	*u = stile_upload(r, "f");
	struct rlimit		 limit = { SIZE - 1, SIZE - 1 };

	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	stile_upload_keep(r, u, keep_path, keep_how);
	return stile_send_empty(r, 204);
}

Test(keep, a_copy_that_there_is_no_room_for)
{
	struct place	p;
	const char	*path;

	cr_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	begin(&p, "/dev/shm", 'n', SIZE);
	path = tmp_path(&p.t, "", "there");
	write_file(path, "oo", 2);
	cr_assert_eq(chmod(path, 0640), 0);
	act = keep_without_room;
	keep_path = path;
	keep_how = STILE_KEEP_REPLACE;
	EXPECT_ANSWER(form_send(p.c, &p.f), 507, NULL, "no room");
	expect_file(path, 'o', 2);
	cr_expect_eq(entries(p.t.dir), 1, "a piece was left");
	end(&p);
}

/* ---- without memory -------------------------------------------------- */

static const char	*torture_dir;

static enum stile_err
keep_one(void)
{
	struct form	 f = { 0 };
	struct unit	 u;
	enum stile_err	 rc = STILE_ENOMEM;
	char		 path[80];

	snprintf(path, sizeof(path), "%s/kept", torture_dir);
	form_file(&f, "f", "x", 'x', 100);
	form_end(&f);
	unit_begin(&u);
	u.limits.max.files = 1;
	u.limits.max.file = 1000;
	u.limits.upload_dir = "/tmp";
	u.io.body_ends = true;
	unit_body(&u, f.p, f.n, 0);
	if (u.r.arena == NULL)
		goto out;
	stile__req_init(&u.r, VARS("REQUEST_METHOD=POST", "PATH_INFO=/",
	    "CONTENT_TYPE=" MULTIPART));
	stile_form_table(&u.r);
	if (stile_failed(&u.r) == STILE_OK)
		stile_upload_keep(&u.r, stile_upload(&u.r, "f"), path,
		    STILE_KEEP_REPLACE);
	rc = stile_failed(&u.r) == STILE_OK ? STILE_OK : STILE_ENOMEM;
	if (rc != STILE_OK)
		cr_expect_eq(stile_failed_status(&u.r), 503, "%d: %s",
		    stile_failed_status(&u.r), u.r.failure.cause.detail);
	cr_expect_eq(entries(torture_dir), rc == STILE_OK);
out:
	unit_end(&u);
	form_clear(&f);
	return rc;
}

Test(keep, survives_every_allocation_failure)
{
	struct tmp	t;

	tmp_make(&t);
	torture_dir = t.dir;
	cr_expect_gt(torture(keep_one), 4);
	tmp_remove(&t);
}
