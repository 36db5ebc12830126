/* SPDX-License-Identifier: ISC */
/*
 * Multipart bodies, taken apart as they arrive: fields into memory, files into
 * a temporary file that has no name, so that nothing is left behind whatever
 * happens to the process (RFC 7578).
 */
#include "base/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "stile/table.h"
#include "base/utf8.h"
#include "http/upload.h"
#include "base/banned.h"

#define CHUNK	(64 * 1024)

/* Between the parser's calls. */
struct reader {
	struct stile_req	*r;
	struct stile_str	 name;		/* of the field, a copy */
	struct stile_buf	*field;		/* NULL: in a file */
	struct stile_upload	*file;
	size_t			 field_bytes;	/* of all so far */
	size_t			 files;
};

static void
close_upload(void *arg)
{
	close(((struct stile_upload *)arg)->fd);
}

/* Mode 0600 and no name; the second way is for file systems without it. */
static int
open_unnamed(struct stile_req *r, struct stile_error *e)
{
	const char	*dir = r->limits->upload_dir;
	char		*path;
	int		 fd;

	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR &&
	    errno != EINVAL))
		goto out;
	if ((path = stile_arena_printf(r->arena, "%s/stile-XXXXXX",
	    dir)) == NULL) {
		stile__error_nomem(e);
		return -1;
	}
	if ((fd = mkostemp(path, O_CLOEXEC)) >= 0)
		unlink(path);
out:
	if (fd < 0)
		stile_error_set(e, STILE_EIO, 500, "upload_dir %s: %s", dir,
		    strerror(errno));
	return fd;
}

static enum stile_err
nomem(struct stile_error *e)
{
	return stile__error_nomem(e);
}

static enum stile_err
add_file(struct reader *rd, struct stile_error *e)
{
	struct stile_upload	*u = rd->file;

	if (rd->files++ >= rd->r->max.files)
		return stile_error_set(e, STILE_ETOOBIG, 413,
		    "files_max: at most %zu files are accepted",
		    rd->r->max.files);
	if ((u->fd = open_unnamed(rd->r, e)) < 0)
		return e->code;
	if (stile_arena_defer(rd->r->arena, close_upload, u) != STILE_OK)
		return nomem(e);
	*rd->r->uploads->last = u;
	rd->r->uploads->last = &u->next;
	return STILE_OK;
}

/*
 * Without a name it is a file only when there is content: so browsers send a
 * field in which none was chosen.
 */
static enum stile_err
begin_file(struct reader *rd, const struct stile_part *part,
    struct stile_error *e)
{
	struct stile_arena	*a = rd->r->arena;
	struct stile_upload	*u;
	struct stile_str	 display;

	if ((u = stile_arena_alloc(a, 1, sizeof(*u))) == NULL ||
	    (u->filename = stile_arena_dup(a, part->filename)) == NULL ||
	    (u->type = stile_arena_dup(a, part->type.len > 0 ? part->type :
	    STR("application/octet-stream"))) == NULL)
		return nomem(e);
	u->field = rd->name.p;
	/* Copied: no NUL is where blanks were trimmed. */
	display = stile_filename_display(a, part->filename);
	if (display.p == NULL ||
	    (u->display = stile_arena_dup(a, display)) == NULL)
		return nomem(e);
	u->fd = -1;
	rd->file = u;
	return part->filename.len > 0 ? add_file(rd, e) : STILE_OK;
}

static enum stile_err
begin_field(struct reader *rd, const struct stile_part *part,
    struct stile_error *e)
{
	if (stile_table_count(rd->r->form) >= rd->r->max.params)
		return stile_error_set(e, STILE_ETOOBIG, 413,
		    "params_max: at most %zu fields are accepted",
		    rd->r->max.params);
	if (part->charset.len > 0 && !stile__is_utf8(part->charset))
		return stile_error_set(e, STILE_ESYNTAX, 415,
		    "only the charset UTF-8 is accepted");
	rd->field = stile_buf_new(rd->r->arena, rd->r->max.field_bytes);
	return rd->field != NULL ? STILE_OK : nomem(e);
}

static enum stile_err
begin_part(void *arg, const struct stile_part *part, struct stile_error *e)
{
	struct reader	*rd = arg;

	rd->file = NULL;
	rd->field = NULL;
	rd->name.len = part->name.len;
	if ((rd->name.p = stile_arena_dup(rd->r->arena, part->name)) == NULL)
		return nomem(e);
	return part->filename.p != NULL ? begin_file(rd, part, e) :
	    begin_field(rd, part, e);
}

static enum stile_err
write_file(struct reader *rd, const char *p, size_t n, struct stile_error *e)
{
	struct stile_upload	*u = rd->file;
	enum stile_err		 rc;
	ssize_t			 k;

	if (u->fd < 0 && (rc = add_file(rd, e)) != STILE_OK)
		return rc;
	if (n > rd->r->max.file - (size_t)u->size)
		return stile_error_set(e, STILE_ETOOBIG, 413,
		    "file_max: a file of at most %zu bytes is accepted",
		    rd->r->max.file);
	for (; n > 0; p += k, n -= (size_t)k) {
		do
			k = pwrite(u->fd, p, n, (off_t)u->size);
		while (k < 0 && errno == EINTR);
		if (k < 0)
			return stile_error_set(e, no_room(errno) ? STILE_EFULL :
			    STILE_EIO, 0, "upload: %s", strerror(errno));
		u->size += k;
	}
	return STILE_OK;
}

static enum stile_err
part_data(void *arg, const void *p, size_t n, struct stile_error *e)
{
	struct reader	*rd = arg;

	if (rd->file != NULL)
		return write_file(rd, p, n, e);
	if (n > rd->r->max.field_bytes - rd->field_bytes)
		return stile_error_set(e, STILE_ETOOBIG, 413,
		    "field_bytes_max: fields of at most %zu bytes together are "
		    "accepted", rd->r->max.field_bytes);
	rd->field_bytes += n;
	stile_buf_write(rd->field, p, n);
	return stile_buf_err(rd->field) == STILE_OK ? STILE_OK : nomem(e);
}

static enum stile_err
end_part(void *arg, struct stile_error *e)
{
	struct reader		*rd = arg;
	struct stile_str	 value;

	if (rd->file != NULL)
		return STILE_OK;
	value = stile_buf_view(rd->field);
	if (memchr(value.p, '\0', value.len) != NULL)
		return stile_error_set(e, STILE_ESYNTAX, 400,
		    "a NUL in the field %s", rd->name.p);
	if (stile__utf8_repair(rd->r->arena, &value) != STILE_OK ||
	    stile_table_add(rd->r->form, rd->name, value) != STILE_OK)
		return nomem(e);
	return STILE_OK;
}

static const struct stile_multipart_sink reader_sink = {
	begin_part, part_data, end_part,
};

/* The body through the parser, a piece at a time. */
static void
run(struct stile_req *r, const struct stile_multipart_sink *sink, void *arg)
{
	struct stile_multipart_limits	 limits = { r->max.parts,
					    r->max.part_header,
					    r->max.part_name };
	struct stile_error		 e = { 0 };
	struct stile_multipart		*m;
	char				*chunk;
	long				 n;

	/* What is left of it would be a malformed form of the client's. */
	if (r->body_begun) {
		stile_fail(r, 500, "a form of which some has been read");
		return;
	}
	if ((chunk = stile_arena_alloc(r->arena, CHUNK, 1)) == NULL) {
		stile__fail_nomem(r);
		return;
	}
	if (stile_multipart_new(r->arena, stile_str(r->known[V_CONTENT_TYPE]),
	    &limits, sink, arg, &m, &e) != STILE_OK) {
		stile_fail_error(r, &e);
		return;
	}
	while ((n = stile_read(r, chunk, CHUNK)) > 0)
		if (stile_multipart_feed(m, chunk, (size_t)n, &e) != STILE_OK)
			break;
	if (e.code != STILE_OK ||
	    (n == 0 && stile_multipart_end(m, &e) != STILE_OK))
		stile_fail_error(r, &e);
}

void
stile__upload_read(struct stile_req *r)
{
	struct reader	rd = { .r = r };

	if ((r->form = stile_table_new(r->arena, STILE_CASE,
	    r->max.params)) == NULL ||
	    (r->uploads = stile_arena_alloc(r->arena, 1,
	    sizeof(*r->uploads))) == NULL) {
		stile__fail_nomem(r);
		return;
	}
	r->uploads->last = &r->uploads->first;
	run(r, &reader_sink, &rd);
}

int
stile_parts(struct stile_req *r, const struct stile_multipart_sink *sink,
    void *arg)
{
	if (!stile__check_multipart(r))
		return STILE_EFAILED;
	run(r, sink, arg);
	return stile_failed(r);
}

static struct stile_upload *
first(struct stile_req *r)
{
	stile_form_table(r);
	return r->uploads != NULL && stile_failed(r) == STILE_OK ?
	    r->uploads->first : NULL;
}

struct stile_upload *
stile_upload(struct stile_req *r, const char *field)
{
	struct stile_upload	*u;

	for (u = first(r); u != NULL; u = u->next)
		if (strcmp(u->field, field) == 0)
			break;
	return u;
}

struct stile_upload *
stile_upload_at(struct stile_req *r, size_t i)
{
	struct stile_upload	*u;

	for (u = first(r); u != NULL && i > 0; u = u->next)
		i--;
	return u;
}

const char *
stile_upload_field(const struct stile_upload *u)
{
	return u->field;
}

const char *
stile_upload_filename(const struct stile_upload *u)
{
	return u->filename;
}

const char *
stile_upload_display(const struct stile_upload *u)
{
	return u->display;
}

const char *
stile_upload_type(const struct stile_upload *u)
{
	return u->type;
}

int64_t
stile_upload_size(const struct stile_upload *u)
{
	return u->size;
}
