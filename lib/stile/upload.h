/* SPDX-License-Identifier: ISC */
/* Files of a form: in a file without a name while the request lasts. */
#ifndef STILE_UPLOAD_H
#define STILE_UPLOAD_H

#include <stile/multipart.h>
#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_req;
struct stile_upload;

/* The first file of a field, or NULL; and the i-th file of the form. */
STILE_API struct stile_upload *stile_upload(struct stile_req *,
		    const char *field);
STILE_API struct stile_upload *stile_upload_at(struct stile_req *, size_t i);

/* What the client says of it.  The file name is no path: show the other. */
STILE_API const char	*stile_upload_field(const struct stile_upload *);
STILE_API const char	*stile_upload_filename(const struct stile_upload *);
STILE_API const char	*stile_upload_display(const struct stile_upload *);
STILE_API const char	*stile_upload_type(const struct stile_upload *);
STILE_API int64_t	 stile_upload_size(const struct stile_upload *);

/* Bytes from an offset on: above 0, 0 at the end, below 0 a failure. */
STILE_API long	stile_upload_read(struct stile_req *, struct stile_upload *,
		    int64_t offset, void *p, size_t n);

/* All of one that is small, in the request's memory and with a NUL behind it;
 * over max the request fails with 413.  "no string" then, and for NULL. */
STILE_API struct stile_str stile_upload_bytes(struct stile_req *,
		    struct stile_upload *, size_t max);

/* SHA-256 of the content, in lower-case hex; "" with the request failed. */
STILE_API const char *stile_upload_sha256(struct stile_req *,
		    struct stile_upload *);

enum stile_keep {
	STILE_KEEP_NEW,		/* 409 if something is there */
	STILE_KEEP_REPLACE
};

/* Give it a name, whole and on disk, or not at all; mode 0640. */
STILE_API int	stile_upload_keep(struct stile_req *, struct stile_upload *,
		    const char *path, enum stile_keep);

/* Take a multipart body apart yourself, without any file. */
STILE_API int	stile_parts(struct stile_req *,
		    const struct stile_multipart_sink *, void *arg);

#ifdef __cplusplus
}
#endif
#endif
