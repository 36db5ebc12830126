/* SPDX-License-Identifier: ISC */
/* Files as answers. */
#ifndef STILE_FILE_H
#define STILE_FILE_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_req;

/* Zero is the default of each. */
struct stile_file {
	const char	*type;		/* else by the name's extension */
	const char	*download;	/* offered as a download by this name */
	int64_t		 max_age_secs;	/* Cache-Control: max-age; 0: none */
};

/* Answer with a file: with ETag, Last-Modified and ranges; 404 without one. */
STILE_API int	stile_send_file(struct stile_req *, const char *path,
		    const struct stile_file *);

/* A file below a folder by a path from the request, which cannot leave it. */
STILE_API int	stile_send_file_under(struct stile_req *, const char *folder,
		    const char *path, const struct stile_file *);

/* "text/css; charset=utf-8" for "a.css"; "application/octet-stream". */
STILE_API const char *stile_type_of(const char *name);

#ifdef __cplusplus
}
#endif
#endif
