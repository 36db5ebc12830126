/* SPDX-License-Identifier: ISC */
/* multipart/form-data, the type of forms with files: bytes in, parts out. */
#ifndef STILE_MULTIPART_H
#define STILE_MULTIPART_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_arena;
struct stile_multipart;

/* What a part's header says, in UTF-8; the views end with begin(). */
struct stile_part {
	struct stile_str	name;
	struct stile_str	filename;	/* p is NULL: not a file */
	struct stile_str	type;		/* "text/plain"; "" if absent */
	struct stile_str	charset;	/* "utf-8"; "" if absent */
};

/* Where the parts go; any code but STILE_OK ends the parsing. */
struct stile_multipart_sink {
	enum stile_err	(*begin)(void *arg, const struct stile_part *,
			    struct stile_error *);
	enum stile_err	(*data)(void *arg, const void *p, size_t n,
			    struct stile_error *);
	enum stile_err	(*end)(void *arg, struct stile_error *);
};

/* A 0 stands for the number in brackets. */
struct stile_multipart_limits {
	size_t	parts;		/* [1000] */
	size_t	header_bytes;	/* of one part [16384] */
	size_t	name_bytes;	/* of a part's name [256] */
};

/* A parser in the arena for a body of this Content-Type; limits may be NULL. */
STILE_API enum stile_err stile_multipart_new(struct stile_arena *,
		    struct stile_str content_type,
		    const struct stile_multipart_limits *,
		    const struct stile_multipart_sink *, void *arg,
		    struct stile_multipart **ret, struct stile_error *)
		    STILE_MUSTUSE;

/* The next bytes of the body, cut anywhere.  A failure sticks. */
STILE_API enum stile_err stile_multipart_feed(struct stile_multipart *,
		    const void *p, size_t n, struct stile_error *)
		    STILE_MUSTUSE;

/* The body is over; a part that is not is an error. */
STILE_API enum stile_err stile_multipart_end(struct stile_multipart *,
		    struct stile_error *) STILE_MUSTUSE;

/* A sender's file name to show to people, no path; "no string" w/o memory. */
STILE_API struct stile_str stile_filename_display(struct stile_arena *,
		    struct stile_str filename);

#ifdef __cplusplus
}
#endif
#endif
