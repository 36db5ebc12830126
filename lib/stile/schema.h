/* SPDX-License-Identifier: ISC */
/*
 * What data looks like, said once in const tables: input is checked by them
 * and fills structs, output is written by them, documents are made of them.
 */
#ifndef STILE_SCHEMA_H
#define STILE_SCHEMA_H

#include <stile/param.h>
#include <stile/types.h>
#include <stile/value.h>

#ifdef __cplusplus
extern "C" {
#endif

struct json_object;
struct stile_arena;
struct stile_buf;
struct stile_validation;

enum stile_schema_type {
	STILE_ANY,		/* whatever JSON has */
	STILE_STRING,
	STILE_INTEGER,		/* of 64 bits */
	STILE_NUMBER,
	STILE_BOOLEAN,
	STILE_OBJECT,		/* .properties */
	STILE_ARRAY,		/* of .items */
	STILE_MAP,		/* any names, each with a value as .items */
	STILE_ONE_OF,		/* the one that .discriminator names */
	/* Strings of a form: */
	STILE_DATE,		/* RFC 3339: 2026-11-22 */
	STILE_DATE_TIME,	/* RFC 3339: 2026-11-22T10:00:00Z */
	STILE_TIME_OF_DAY,	/* RFC 3339: 10:00:00Z */
	STILE_DURATION,		/* RFC 3339, appendix A: PT1H30M */
	STILE_EMAIL,		/* RFC 5321 */
	STILE_URI,		/* RFC 3986, with a scheme */
	STILE_UUID,		/* RFC 9562 */
	STILE_SLUG,		/* letters, digits, '-' and '_' of ASCII */
	STILE_BINARY,		/* base64, RFC 4648 */
	STILE_FILE		/* in a multipart form only */
};

/* What becomes of a name that an object has no property for. */
enum stile_unknown {
	STILE_UNKNOWN_REFUSED, STILE_UNKNOWN_IGNORED, STILE_UNKNOWN_KEPT
};

/* Where in a struct a value goes: by STILE_AT(). */
struct stile_place {
	int	kind;		/* 0: nowhere */
	size_t	offset;
};

/* An array's values: of the C type that its items fill. */
struct stile_items {
	const void	*v;
	size_t		 n;
};

/*
 * A schema, or a property or parameter where it stands in a table of them,
 * which ends with { 0 }.  Bounds of 0 and 0 are none; a max of 0 above a min
 * of more is none either.
 */
struct stile_schema {
	const char			*name;
	enum stile_schema_type		 type;
	struct stile_place		 at;
	enum stile_in			 in;	/* of a parameter */

	bool		required, nullable;
	bool		read_only;	/* not in input */
	bool		write_only;	/* not in output */
	bool		deprecated;
	const char	*need;		/* who may see and write it; NULL: all */

	/* An integer's value, a string's code points, an array's items, a
	 * map's members, bytes of what is binary or a file. */
	int64_t		 min, max;
	double		 low, high;	/* of a number */
	bool		 exclusive_min, exclusive_max;
	double		 multiple_of;
	const char	*pattern;	/* ECMA-262, found anywhere */
	const char	*const *choices;	/* by STILE_CHOICES() */
	bool		 unique;	/* items */
	bool		 trim, lower, upper;	/* made so before */
	const char	*absent;	/* the default, as a form has it */

	const struct stile_schema	*ref;	/* it is as that one is */
	const struct stile_schema	*properties;
	enum stile_unknown		 unknown;
	const struct stile_schema	*items;
	const struct stile_schema *const *one_of;	/* by STILE_SCHEMAS() */
	const char	*discriminator;	/* the member that has its name */
	size_t		 size;		/* of the struct; 0: none */

	/* What no keyword says: complains with stile_wrong(). */
	void		(*check)(struct stile_validation *,
			    const struct stile_value *);

	const char	*title, *description;
	const char	*example;	/* as a form has it */
};

#define STILE_CHOICES(...)	((const char *const[]){ __VA_ARGS__, NULL })
#define STILE_SCHEMAS(...)						\
	((const struct stile_schema *const[]){ __VA_ARGS__, NULL })
#define STILE_PROPERTIES(...)						\
	((const struct stile_schema[]){ __VA_ARGS__, { 0 } })

/*
 * An object of one member, {"note": {...}}, as a whole schema: its name, the
 * member's, whose schema and whose struct, which is that of the whole as well.
 */
#define STILE_WRAPPED(name, member, schema, type)			\
	{ (name), STILE_OBJECT, .size = sizeof(type),			\
	    .properties = STILE_PROPERTIES({ (member),			\
		.at = { STILE_KIND_STRUCT, 0 }, .ref = (schema),	\
		.required = true }) }

/* The same without a struct, for rows that are sent as they are. */
#define STILE_WRAPPED_ROW(name, member, schema)				\
	{ (name), STILE_OBJECT, .properties = STILE_PROPERTIES(		\
	    { (member), .ref = (schema), .required = true }) }

/*
 * STILE_AT(struct note, title): by the member's type, which is bool, int, long,
 * int64_t, double, const char *, struct stile_str, struct stile_value or struct
 * stile_items; STILE_AT_STRUCT(struct note, author): a struct inside, for an
 * object.  STILE_PROPERTY(struct note, title, STILE_STRING, .min = 1): a row of
 * that name.  STILE_COLUMN(struct note, title): one of no type, for where a
 * database has checked.
 */
enum stile_kind {
	STILE_KIND_BOOL = 1, STILE_KIND_INT, STILE_KIND_INT64,
	STILE_KIND_DOUBLE, STILE_KIND_CHARS, STILE_KIND_STR, STILE_KIND_VALUE,
	STILE_KIND_ITEMS, STILE_KIND_STRUCT
};
#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
# define STILE_AT(type, member)						\
	.at = { _Generic(((type *)0)->member,					\
	    bool:			STILE_KIND_BOOL,		\
	    int:			STILE_KIND_INT,			\
	    long:			sizeof(long) == 8 ?		\
				    STILE_KIND_INT64 : STILE_KIND_INT,	\
	    long long:			STILE_KIND_INT64,		\
	    double:			STILE_KIND_DOUBLE,		\
	    const char *:		STILE_KIND_CHARS,		\
	    struct stile_str:		STILE_KIND_STR,			\
	    struct stile_value:		STILE_KIND_VALUE,		\
	    struct stile_items:		STILE_KIND_ITEMS),		\
	    offsetof(type, member) }
# define STILE_AT_STRUCT(type, member)					\
	.at = { STILE_KIND_STRUCT, offsetof(type, member) }
# define STILE_PROPERTY(c_type, member, ...)				\
	{ .name = #member, STILE_AT(c_type, member), .type = __VA_ARGS__ }
# define STILE_COLUMN(type, member)					\
	{ .name = #member, STILE_AT(type, member) }
#endif

/* ---- checking --------------------------------------------------------- */

/* One thing that is wrong with a request. */
struct stile_violation {
	enum stile_in	 in;
	const char	*where;		/* "/tags/0", or a parameter's or
					 * a field's name */
	const char	*code;		/* "too_long"; stays the same */
	const char	*detail;	/* a sentence */
};

struct stile_violations {
	size_t				 n;
	const struct stile_violation	*v;
};

enum stile_validate {
	STILE_VALIDATE_WHOLE,
	STILE_VALIDATE_PATCH	/* a merge patch (RFC 7396) of it */
};

/* Check a JSON value, make it as declared in its place, and fill ret, which
 * may be NULL.  ERANGE with what is wrong in *wrong. */
STILE_API enum stile_err stile_validate(struct stile_arena *,
		    const struct stile_schema *, struct json_object *,
		    enum stile_validate, void *ret,
		    struct stile_violations *wrong, struct stile_error *)
		    STILE_MUSTUSE;

/* Inside a check: complain of a property, or of the value with a NULL name. */
STILE_API void	stile_wrong(struct stile_validation *, const char *name,
		    const char *code, const char *fmt, ...) STILE_PRINTF(4, 5);
/* Inside the check of an object: the value of a property of it. */
STILE_API struct stile_value stile_checked(const struct stile_validation *,
		    const char *name);

/* The target as a merge patch changes it (RFC 7396); both are the caller's. */
STILE_API enum stile_err stile_merge_patch(struct json_object **target,
		    struct json_object *patch, struct stile_error *)
		    STILE_MUSTUSE;

/* What is wrong with the tables themselves, and the first of it. */
STILE_API enum stile_err stile_schema_check(const struct stile_schema *,
		    struct stile_error *) STILE_MUSTUSE;

/* ---- writing ---------------------------------------------------------- */

/* Append what a struct holds, or n of them as an array, as JSON. */
STILE_API void	stile_schema_write(struct stile_buf *,
		    const struct stile_schema *, const void *);
STILE_API void	stile_schema_write_many(struct stile_buf *,
		    const struct stile_schema *, const void *, size_t n);

/* Append the schema as JSON Schema, 2020-12. */
STILE_API void	stile_schema_json(struct stile_buf *,
		    const struct stile_schema *);

#ifdef __cplusplus
}
#endif
#endif
