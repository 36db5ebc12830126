/* SPDX-License-Identifier: ISC */
/* What the tests of bodies share: an application of one handler, and forms. */
#ifndef FORM_H
#define FORM_H

#include "app.h"

#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "stile/param.h"
#include "stile/table.h"
#include "stile/upload.h"

/* ---- an application: each test says what its handler does ------------ */

static int	(*act)(struct stile_req *);

static inline int
handle(struct stile_req *r)
{
	return act(r);
}

static const struct stile_route	form_routes[] = {
	{ "*", "/", handle, .name = "form" },
	{ "*", "/at/{id}", handle, .name = "at" },
	{ 0 }
};

static const struct stile_app	form_app = {
	.name = "form", .routes = form_routes,
};

/* ---- a multipart body ------------------------------------------------ */

#define BOUNDARY	"=bOUNDARY="
#define MULTIPART	"multipart/form-data; boundary=\"" BOUNDARY "\""
#define FORM_ROOM	(2 * 1024 * 1024)

struct form {
	char	*p;
	size_t	 n;
};

static inline void
form_put(struct form *f, const void *p, size_t n)
{
	if (f->p == NULL && (f->p = malloc(FORM_ROOM)) == NULL)
		cr_assert(false, "no memory");
	cr_assert_leq(n, FORM_ROOM - f->n);
	if (n > 0)
		memcpy(f->p + f->n, p, n);
	f->n += n;
}

static inline void
form_puts(struct form *f, const char *s)
{
	form_put(f, s, strlen(s));
}

/* A part with n bytes of data, and what its header says beside the name. */
static inline void
form_part(struct form *f, const char *name, const char *more, const void *p,
    size_t n)
{
	form_puts(f, "--" BOUNDARY "\r\n"
	    "Content-Disposition: form-data; name=\"");
	form_puts(f, name);
	form_puts(f, "\"");
	form_puts(f, more);
	form_puts(f, "\r\n\r\n");
	form_put(f, p, n);
	form_puts(f, "\r\n");
}

static inline void
form_field(struct form *f, const char *name, const char *value)
{
	form_part(f, name, "", value, strlen(value));
}

/* A file of n bytes of one letter. */
static inline void
form_file(struct form *f, const char *name, const char *filename, char c,
    size_t n)
{
	char	more[600], *p = malloc(n + 1);

	cr_assert(p != NULL);
	memset(p, c, n);
	snprintf(more, sizeof(more), "; filename=\"%s\"", filename);
	form_part(f, name, more, p, n);
	free(p);
}

static inline void
form_end(struct form *f)
{
	form_puts(f, "--" BOUNDARY "--\r\n");
}

static inline void
form_clear(struct form *f)
{
	free(f->p);
	*f = (struct form){ NULL, 0 };
}

/* Send it as it is to what act does. */
static inline const struct stile_answer *
form_send(struct stile_client *c, const struct form *f)
{
	return stile_client_send(c, "POST", "/", MULTIPART, f->p, f->n);
}

/* ---- what is left behind --------------------------------------------- */

/* Entries of a folder, without "." and "..". */
static inline size_t
entries(const char *dir)
{
	struct dirent	*e;
	DIR		*d = opendir(dir);
	size_t		 n = 0;

	cr_assert(d != NULL, "%s: %s", dir, strerror(errno));
	while ((e = readdir(d)) != NULL)
		n += strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n;
}

static inline size_t
open_fds(void)
{
	return entries("/proc/self/fd");
}

/*
 * From now on no file system has files without a name: the kernel refuses to
 * open one with this errno.  Of several calls, the last one counts.
 */
static inline void
no_unnamed_files(int err)
{
	enum {
		NR = offsetof(struct seccomp_data, nr),
		FLAGS = offsetof(struct seccomp_data, args[2]) +
		    (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0),
	};
	struct sock_filter	code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NR),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FLAGS),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY,
		    0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)err),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog	prog = { NELEM(code), code };

	cr_assert_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	cr_assert_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog), 0,
	    "seccomp: %s", strerror(errno));
	cr_assert_eq(open("/tmp", O_TMPFILE | O_RDWR, 0600), -1);
	cr_assert_eq(errno, err);
}

/* "upload_dir=DIR", for CLIENT(). */
static inline const char *
upload_dir(const char *dir)
{
	static char	s[128];

	snprintf(s, sizeof(s), "upload_dir=%s", dir);
	return s;
}

/* The name of the parameter in a problem, or NULL. */
static inline const char *
member_of(const struct stile_answer *a, const char *name)
{
	struct json_object	*m = NULL;

	if (!json_object_object_get_ex(stile_answer_json(a), name, &m))
		return NULL;
	return json_object_get_string(m);
}
#endif
