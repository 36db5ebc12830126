/* SPDX-License-Identifier: ISC */
/*
 * Files as answers: sent by ourselves, or handed to the web server by name
 * (X-Accel-Redirect, X-Sendfile), as the setting send_file says.
 *
 * A path that comes from a request is walked one component at a time below an
 * open folder, and no component may be a symbolic link: it cannot leave.
 */
#include "base/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/date.h"
#include "stile/enc.h"
#include "stile/file.h"
#include "stile/str.h"
#include "http/req.h"
#include "base/banned.h"

static void
close_fd(void *arg)
{
	close((int)(intptr_t)arg);
}

/* 404 for what is not there or not ours to show, as the path came from afar. */
static int
cannot_open(struct stile_req *r)
{
	if (errno == ENOMEM)
		return stile__fail_nomem(r);
	/* ENXIO: a socket. */
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
	    errno == EACCES || errno == ENAMETOOLONG || errno == EISDIR ||
	    errno == ENXIO)
		return stile_fail(r, 404, "no such file");
	return stile_fail(r, 500, "open: %s", strerror(errno));
}

/* The file below an open folder; closes the folder. */
static int
open_below(struct stile_req *r, int dir, struct stile_str path)
{
	struct stile_str	rest = path, part;
	char			*name;
	int			 fd;

	while (stile_str_cut(&rest, '/', &part)) {
		name = stile_arena_dup(r->arena, part);
		if (name == NULL || strlen(name) != part.len || part.len == 0 ||
		    strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
			close(dir);
			errno = name == NULL ? ENOMEM : ENOENT;
			return -1;
		}
		fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
		    O_NONBLOCK | (rest.p != NULL ? O_DIRECTORY : 0));
		close(dir);
		if (fd < 0)
			return -1;
		dir = fd;
	}
	return dir;
}

static const char *
file_etag(struct stile_req *r, const struct stat *st)
{
	return stile_arena_printf(r->arena, "\"%jx-%jx-%lx\"",
	    (uintmax_t)st->st_size, (uintmax_t)st->st_mtim.tv_sec,
	    (unsigned long)st->st_mtim.tv_nsec);
}

/* RFC 6266, section 4.3: a plain name, and the real one where it is not. */
static const char *
disposition(struct stile_req *r, const char *name)
{
	struct stile_buf	*b;
	bool			 ascii = true;
	const char		*p;

	if ((b = stile_buf_new(r->arena, 64 + 4 * strlen(name))) == NULL)
		return NULL;
	stile_buf_puts(b, "attachment; filename=\"");
	for (p = name; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7F ||
		    strchr("\"\\/%", *p) != NULL) {
			ascii = false;
			stile_buf_putc(b, '_');
		} else
			stile_buf_putc(b, *p);
	stile_buf_putc(b, '"');
	if (!ascii) {
		stile_buf_puts(b, "; filename*=UTF-8''");
		stile_enc_percent(b, stile_str(name));
	}
	return stile_buf_err(b) == STILE_OK ? stile_buf_view(b).p : NULL;
}

/* A value that was made for it: NULL for lack of memory. */
static void
put(struct stile_req *r, const char *name, const char *value)
{
	if (value != NULL)
		stile_header_set(r, name, value);
	else
		stile__fail_nomem(r);
}

/* What the caller wishes; a web server that sends the file keeps these. */
static void
put_options(struct stile_req *r, const struct stile_file *o)
{
	if (o->download != NULL)
		put(r, "Content-Disposition", disposition(r, o->download));
	if (o->max_age_secs > 0)
		put(r, "Cache-Control", stile_arena_printf(r->arena,
		    "max-age=%" PRId64, o->max_age_secs));
}

static void
put_validators(struct stile_req *r, const struct stat *st)
{
	char	date[STILE_HTTP_DATE_SIZE];

	stile_http_date(st->st_mtim.tv_sec, date);
	stile_header_set(r, "Last-Modified", date);
	put(r, "ETag", file_etag(r, st));
	stile_header_set(r, "Accept-Ranges", "bytes");
}

/* The name that the web server has for a path, from "/srv/files=/internal". */
static const char *
accel_name(struct stile_req *r, const char *path)
{
	struct stile_str	 map = stile_str(r->files->map), from, part;
	struct stile_str	 rest;
	struct stile_buf	*b;

	if (!stile_str_cut(&map, '=', &from) || map.p == NULL ||
	    strncmp(path, from.p, from.len) != 0 || path[from.len] != '/' ||
	    (b = stile_buf_new(r->arena, 8192)) == NULL)
		return NULL;
	stile_buf_str(b, map);
	rest = stile_str(path + from.len + 1);
	while (stile_str_cut(&rest, '/', &part)) {
		if (stile_str_eq(part, STR("..")))
			return NULL;
		stile_buf_putc(b, '/');
		stile_enc_percent(b, part);
	}
	return stile_buf_err(b) == STILE_OK ? stile_buf_view(b).p : NULL;
}

/*
 * Apache takes the path of X-Sendfile as it is, lighttpd decodes it, and it has
 * to get through a header.
 */
static bool
is_clear(const char *path)
{
	size_t	i, n = strlen(path);

	for (i = 0; i < n; i++)
		if ((unsigned char)path[i] < 0x20 || path[i] == 0x7F ||
		    path[i] == '%')
			return false;
	return path[n - 1] != ' ' && stile_utf8_valid(stile_str(path));
}

static bool
sent_by_us(const struct stile_req *r, const char *path)
{
	return r->files == NULL || r->files->how == FILES_SELF ||
	    (r->files->how == FILES_XSENDFILE && !is_clear(path));
}

/* The web server sends it, with a validator and ranges of its own. */
static int
hand_over(struct stile_req *r, const char *path, const char *type)
{
	const char	*header, *name;

	if (r->files->how == FILES_ACCEL) {
		header = "X-Accel-Redirect";
		name = accel_name(r, path);
	} else {
		header = "X-Sendfile";
		name = path;
	}
	if (name == NULL)
		return stile_fail(r, 500, "%s is not below the folder of "
		    "send_file_map", path);
	stile_header_set(r, header, name);
	return stile_send(r, 200, type, "", 0);
}

static int
send_fd(struct stile_req *r, int fd, const char *path,
    const struct stile_file *options)
{
	static const struct stile_file	none;
	const struct stile_file		*o = options != NULL ? options : &none;
	const char			*type;
	struct req_body			 body = { .kind = BODY_FILE, .fd = fd };
	struct stat			 st;

	if (stile_arena_defer(r->arena, close_fd,
	    (void *)(intptr_t)fd) != STILE_OK)
		return stile__fail_nomem(r);
	if (fstat(fd, &st) != 0)
		return stile_fail(r, 500, "fstat: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return stile_fail(r, 404, "no such file");
	type = o->type != NULL ? o->type : stile_type_of(path);
	put_options(r, o);
	if (!sent_by_us(r, path))
		return hand_over(r, path, type);
	put_validators(r, &st);
	body.length = st.st_size;
	return stile__answer(r, 200, type, &body);
}

int
stile_send_file(struct stile_req *r, const char *path,
    const struct stile_file *options)
{
	int	fd;

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	/* Not to hang on a FIFO. */
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0)
		return cannot_open(r);
	return send_fd(r, fd, path, options);
}

int
stile_send_file_under(struct stile_req *r, const char *folder,
    const char *path, const struct stile_file *options)
{
	const char	*whole;
	int		 dir, fd;

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if ((dir = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY)) < 0)
		return stile_fail(r, 500, "%s: %s", folder, strerror(errno));
	if ((fd = open_below(r, dir, stile_str(path))) < 0)
		return cannot_open(r);
	if ((whole = stile_arena_printf(r->arena, "%s/%s", folder,
	    path)) == NULL) {
		close(fd);
		return stile__fail_nomem(r);
	}
	return send_fd(r, fd, whole, options);
}
