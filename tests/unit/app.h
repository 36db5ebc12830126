/* SPDX-License-Identifier: ISC */
/* What tests of applications share: clients, temporary folders, programs. */
#ifndef APP_H
#define APP_H

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "stile/app.h"
#include "stile/client.h"
#include "stile/db.h"
#include "stile/str.h"

#define PATIENCE	60	/* seconds for anything that has to happen */

/* ---- a client in memory ------------------------------------------------ */

/* A client of an app; the arguments are settings, "name=value". */
#define CLIENT(app, ...)						\
	client_of((app), (const char *const []){ __VA_ARGS__ NULL })

static inline struct stile_client *
client_of(const struct stile_app *app, const char *const *settings)
{
	struct stile_error	 e = { 0 };
	struct stile_client	*c;

	c = stile_client_new(app, settings, &e);
	cr_assert(c != NULL, "no client: %s", e.detail);
	return c;
}

static inline const struct stile_answer *
send_to(struct stile_client *c, const char *method, const char *target)
{
	return stile_client_send(c, method, target, NULL, NULL, 0);
}

static inline const char *
body_of(const struct stile_answer *a)
{
	return stile_answer_body(a).p != NULL ? stile_answer_body(a).p : "";
}

/* Where memory may have run out: all went well, or it is said that it did, be it
 * by no answer. */
static inline bool
is_honest(const struct stile_answer *a, bool failed)
{
	const int	status = a != NULL ? stile_answer_status(a) : 0;

	return status == 200 || (failed && (status >= 500 || status == 0));
}

/* Status and whole body, NULL for any body; then the case's name. */
#define EXPECT_ANSWER(answer, status, body, ...)	do {		\
	const struct stile_answer	*answer_ = (answer);		\
	const char			*body_ = (body);		\
	char				 case_[200];			\
									\
	snprintf(case_, sizeof(case_), __VA_ARGS__);			\
	cr_assert(answer_ != NULL, "%s: no answer", case_);		\
	cr_expect_eq(stile_answer_status(answer_), (status),		\
	    "%s: %d, not %d: %s", case_, stile_answer_status(answer_),	\
	    (status), body_of(answer_));				\
	if (body_ != NULL)						\
		EXPECT_STR(body_of(answer_), body_, "%s", case_);	\
} while (0)

/* The answer's cookie of the session, or NULL. */
static inline const char *
session_field(const struct stile_answer *a)
{
	struct stile_str	name, value;
	size_t			i;

	for (i = 0; stile_answer_header_at(a, i, &name, &value); i++)
		if (stile_str_caseeq(name, stile_str("Set-Cookie")) &&
		    strncmp(value.p, "session=", 8) == 0)
			return value.p;
	return NULL;
}

/* The problem's "detail", or NULL. */
static inline const char *
detail_of(const struct stile_answer *a)
{
	struct json_object	*m = NULL;

	if (!json_object_object_get_ex(stile_answer_json(a), "detail", &m))
		return NULL;
	return json_object_get_string(m);
}

/* ---- a temporary folder ------------------------------------------------ */

struct tmp {
	char	dir[64];
};

static inline void
tmp_make(struct tmp *t)
{
	memset(t, 0, sizeof(*t));
	snprintf(t->dir, sizeof(t->dir), "/tmp/stile-unit-XXXXXX");
	cr_assert(mkdtemp(t->dir) != NULL, "mkdtemp: %s", strerror(errno));
}

static inline int
tmp_remove_one(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void
tmp_remove(struct tmp *t)
{
	cr_expect_eq(nftw(t->dir, tmp_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0,
	    "%s: %s", t->dir, strerror(errno));
}

/* "PREFIX/tmp/.../NAME"; the last eight stay valid. */
static inline const char *
tmp_path(const struct tmp *t, const char *prefix, const char *name)
{
	static char	path[8][128];
	static size_t	n;
	char		*p = path[n++ % NELEM(path)];

	snprintf(p, sizeof(path[0]), "%s%s/%s", prefix, t->dir, name);
	return p;
}

static inline void
write_file(const char *path, const char *text, size_t n)
{
	FILE	*f;

	if ((f = fopen(path, "w")) == NULL)
		cr_assert(false, "%s: %s", path, strerror(errno));
	cr_assert_eq(fwrite(text, 1, n, f), n);
	cr_assert_eq(fclose(f), 0);
}

/* ---- a program --------------------------------------------------------- */

#define PROGRAM_OUT	(256 * 1024)

struct program {
	int	 status;		/* exit status, or 1000 + signal */
	char	*out, *err;		/* NUL-terminated */
	size_t	 out_len, err_len;
};

/* The environment of a program: what a test says, and what sanitizers need. */
static inline char **
program_env(const char *const *env)
{
	static const char *const kept[] = {
		"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
		"LD_LIBRARY_PATH", "PATH",
	};
	static char	 text[NELEM(kept)][4096];
	static char	*v[128];
	size_t		 i, n = 0;

	for (; env != NULL && *env != NULL; env++) {
		cr_assert_lt(n, NELEM(v) - NELEM(kept) - 1);
		v[n++] = (char *)(uintptr_t)*env;
	}
	for (i = 0; i < NELEM(kept); i++)
		if (getenv(kept[i]) != NULL) {
			snprintf(text[i], sizeof(text[i]), "%s=%s", kept[i],
			    getenv(kept[i]));
			v[n++] = text[i];
		}
	v[n] = NULL;
	return v;
}

/* Read what is there; false at the end. */
static inline bool
program_read(int fd, char *to, size_t *len)
{
	ssize_t	k;

	k = read(fd, to + *len, PROGRAM_OUT - 1 - *len);
	if (k > 0)
		*len += (size_t)k;
	return k > 0;
}

/* All it prints, until both ends are closed or patience is over. */
static inline void
program_collect(struct program *p, pid_t pid, int out, int err)
{
	struct pollfd	 v[2] = { { out, POLLIN, 0 }, { err, POLLIN, 0 } };
	time_t		 until = time(NULL) + PATIENCE;

	while (v[0].fd >= 0 || v[1].fd >= 0) {
		if (time(NULL) > until) {
			kill(pid, SIGKILL);
			cr_expect(false, "the program did not end");
			break;
		}
		if (poll(v, 2, 1000) <= 0)
			continue;
		if (v[0].fd >= 0 && v[0].revents != 0 &&
		    !program_read(out, p->out, &p->out_len))
			v[0].fd = -1;
		if (v[1].fd >= 0 && v[1].revents != 0 &&
		    !program_read(err, p->err, &p->err_len))
			v[1].fd = -1;
	}
}

/* The input as a file, so that writing it cannot block. */
static inline int
program_input(const char *in, size_t n)
{
	char	name[] = "/tmp/stile-unit-in-XXXXXX";
	int	fd;

	if (in == NULL)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	fd = mkstemp(name);
	cr_assert_geq(fd, 0);
	unlink(name);
	cr_assert_eq(write(fd, in, n), (ssize_t)n);
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/*
 * Run a program of the build tree, "apps/notes/notes", in a folder.  The
 * caller gives it back with program_free().
 */
static inline struct program
program_run(const char *name, const char *dir, const char *const *args,
    const char *const *env, const char *in, size_t in_len)
{
	const char	*top = getenv("top_builddir");
	char		 path[4096], *argv[64], **envp = program_env(env);
	struct program	 p = { .status = -1 };
	int		 out[2], err[2], fd = program_input(in, in_len), st;
	size_t		 n = 0;
	pid_t		 pid;

	snprintf(path, sizeof(path), "%s/%s", top != NULL ? top : ".", name);
	if (path[0] != '/') {
		char	*full = realpath(path, NULL);

		cr_assert(full != NULL, "%s: %s", path, strerror(errno));
		snprintf(path, sizeof(path), "%s", full);
		free(full);
	}
	argv[n++] = path;
	for (; args != NULL && *args != NULL; args++) {
		cr_assert_lt(n, NELEM(argv) - 1);
		argv[n++] = (char *)(uintptr_t)*args;
	}
	argv[n] = NULL;
	p.out = calloc(2, PROGRAM_OUT);
	cr_assert(p.out != NULL && pipe2(out, O_CLOEXEC) == 0 &&
	    pipe2(err, O_CLOEXEC) == 0);
	p.err = p.out + PROGRAM_OUT;
	if ((pid = fork()) == 0) {
		if (dup2(fd, 0) < 0 || dup2(out[1], 1) < 0 ||
		    dup2(err[1], 2) < 0 || (dir != NULL && chdir(dir) != 0))
			_exit(126);
		execve(path, argv, envp);
		_exit(127);
	}
	cr_assert_gt(pid, 0);
	close(fd);
	close(out[1]);
	close(err[1]);
	program_collect(&p, pid, out[0], err[0]);
	close(out[0]);
	close(err[0]);
	cr_assert_eq(waitpid(pid, &st, 0), pid);
	p.status = WIFEXITED(st) ? WEXITSTATUS(st) : 1000 + WTERMSIG(st);
	if (p.status == 127) {
		free(p.out);
		cr_assert(false, "%s cannot be run", path);
	}
	return p;
}

static inline void
program_free(struct program *p)
{
	free(p->out);
}
#endif
