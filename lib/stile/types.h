/* SPDX-License-Identifier: ISC */
/* What every other header needs: attributes, error codes, counted strings. */
#ifndef STILE_TYPES_H
#define STILE_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__)
# define STILE_API		__attribute__((visibility("default")))
# define STILE_MUSTUSE		__attribute__((warn_unused_result))
# define STILE_PRINTF(f, a)	__attribute__((format(printf, f, a)))
#else
# define STILE_API
# define STILE_MUSTUSE
# define STILE_PRINTF(f, a)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Every function that can fail returns one of these: 0, or below 0. */
enum stile_err {
	STILE_OK	  = 0,
	STILE_ENOMEM	  = -1,		/* an allocation failed */
	STILE_ETOOBIG	  = -2,		/* over a configured limit */
	STILE_EINVAL	  = -3,		/* wrong argument: the caller's bug */
	STILE_ESYNTAX	  = -4,		/* malformed input */
	STILE_ERANGE	  = -5,		/* well formed, outside its bounds */
	STILE_ENOTFOUND	  = -6,		/* what was asked for is not there */
	STILE_EEXIST	  = -7,		/* what was to be made is there */
	STILE_EIO	  = -8,		/* the operating system said no */
	STILE_EGONE	  = -9,		/* the peer or the database went away */
	STILE_EBUSY	  = -10,	/* locked by someone for too long */
	STILE_ECONSTRAINT = -11,	/* another rule of the database refuses it */
	STILE_EREADONLY	  = -12,	/* a write where only reads may be */
	STILE_EFULL	  = -13,	/* no space left */
	STILE_EDB	  = -14,	/* any other database error */
	STILE_EFAILED	  = -15,	/* the request has, with its cause */
	STILE_ETIME	  = -16,	/* the request's time was up */
	STILE_EUNIQUE	  = -17,	/* a row with this value is there */
	STILE_EFOREIGN	  = -18,	/* a row that is referred to is not */
	STILE_ENOTNULL	  = -19,	/* NULL where a value has to be */
	STILE_ECHECK	  = -20,	/* a value that a CHECK refuses */
	STILE_ECONFLICT	  = -21,	/* two transactions at odds: try again */
	STILE_ESQL	  = -22,	/* wrong SQL, or no such table or column */
	STILE_ENOSYS	  = -23		/* this engine does not have it */
};

/* The constant's name without its prefix, such as "ENOMEM". */
STILE_API const char	*stile_err_name(enum stile_err);

/* A view of len bytes that someone else owns; p is NULL for "no string". */
struct stile_str {
	const char	*p;
	size_t		 len;
};

/* For initialisers and printf: "%.*s", STILE_STR_ARG(s). */
#define STILE_STR_INIT(literal)	{ (literal), sizeof(literal) - 1 }
#define STILE_STR_ARG(s)	(int)(s).len, (s).p != NULL ? (s).p : ""

/* The cause of a failure, on the caller's stack; a NULL one is ignored. */
struct stile_error {
	enum stile_err	code;
	int		status;		/* HTTP status to answer, 0: none */
	char		detail[200];	/* one line for a log or terminal */
	char		constraint[64];	/* its name, of a database's rule; or "" */
	char		column[64];	/* "email", or "first, last"; or "" */
};

/* Fill *e unless it holds an earlier cause; returns code. */
STILE_API enum stile_err stile_error_set(struct stile_error *e,
			    enum stile_err code, int status,
			    const char *fmt, ...) STILE_PRINTF(4, 5);

#ifdef __cplusplus
}
#endif
#endif
