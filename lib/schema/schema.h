/* SPDX-License-Identifier: ISC */
/*
 * Checking inside.  A value goes through four steps, each in a file: decode.c
 * makes it typed, limit.c holds it against the bounds, the schema's own check
 * has a say, and place.c puts it where it belongs.  validate.c leads through.
 */
#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include "stile/schema.h"

#define VIOLATIONS_MAX	100	/* kept of one input */
#define REF_DEPTH_MAX	8	/* schemas that only refer to another one */

/* Where the value at hand is, from the inside out. */
struct where {
	const struct where	*up;
	const char		*name;	/* NULL: by its index */
	size_t			 index;
};

/* The properties of an object, and the value of each. */
struct members {
	const struct stile_schema	*properties;
	size_t				 n;
	struct stile_value		*v;
};

/* Names in a sentence, as many as there is room for. */
struct choices {
	char	text[200];
	size_t	n;
};

/* Which way a value goes: what is only in the other one is not there. */
enum side {
	SIDE_INPUT, SIDE_OUTPUT,
	SIDE_BOTH	/* an example, which is for people */
};

struct stile_validation {
	struct stile_arena	*arena;
	enum side		 side;
	bool			(*may)(void *arg, const char *need);
	void			*may_arg;	/* may: NULL refuses all */
	enum stile_in		 in;
	const struct where	*where;
	struct json_object	*parent;	/* of a member, or NULL: gets
						 * the default of it */
	const struct members	*members;	/* in the check of an object */
	struct stile_violation	*wrong;
	size_t			 nwrong;
	bool			 nomem;
};

/* What there is to know of a type. */
struct schema_type {
	const char	*a;		/* "an integer", for sentences */
	const char	*json;		/* JSON Schema's "type", or NULL */
	const char	*format;	/* and its "format", or NULL */
	bool		 text;		/* that is more than a text to us */
	/* From text: whether it is one and stays text, or its value; with both
	 * NULL no text can be one. */
	bool		(*is)(struct stile_str);
	enum stile_err	(*parse)(struct stile_arena *, struct stile_str,
			    struct stile_value *ret);
	/* Of what stays text, the number for a struct's integer; or NULL. */
	bool		(*number)(struct stile_str, int64_t *ret);
};
const struct schema_type *stile__schema_type(enum stile_schema_type);

/* Whether it is a string in JSON that text can be. */
bool	stile__schema_is_text(enum stile_schema_type);

/* Whether text can be its value at all. */
bool	stile__is_scalar(const struct stile_schema *);

/* The schema itself, behind what only refers to it. */
const struct stile_schema *stile__schema_of(const struct stile_schema *row);

/* Whether a row is nullable, itself or by what it refers to. */
bool	stile__schema_nullable(const struct stile_schema *row);

/* The position of a text among the choices, or -1. */
int	stile__schema_choice(const struct stile_schema *, struct stile_str);

/* Bounds: whether there are any, by the rule of struct stile_schema. */
bool	stile__has_min(int64_t min, int64_t max);
bool	stile__has_max(int64_t min, int64_t max);
bool	stile__has_low(double low, double high);
bool	stile__has_high(double low, double high);

/* What an array's items are, and what is in one that does not say. */
const struct stile_schema *stile__items_of(const struct stile_schema *array);

/* The one of several schemas that has the name, or NULL. */
const struct stile_schema *stile__one_of(const struct stile_schema *,
	    struct stile_str name);

/*
 * A row for a whole value, which has to be there: an object fills the struct
 * at hand if it has a size, an array a struct stile_items, any other a struct
 * stile_value.  And how large that is.
 */
struct stile_schema stile__whole_row(const struct stile_schema *);
size_t	stile__whole_size(const struct stile_schema *);

/* The size of an item in struct stile_items. */
size_t	stile__item_size(const struct stile_schema *item);
/* Where an item goes in there, by its type; .kind 0 for a struct. */
struct stile_place stile__item_place(const struct stile_schema *item);

/* ---- the steps: each is false once it has complained ------------------ */

/* Complain of the value at hand. */
bool	stile__wrong(struct stile_validation *, const char *code,
	    const char *fmt, ...) STILE_PRINTF(3, 4);
bool	stile__wrong_type(struct stile_validation *,
	    const struct stile_schema *);
/* Of a name that is p's, which cannot be set, or no property's at all. */
bool	stile__wrong_name(struct stile_validation *,
	    const struct stile_schema *p, const char *name, const char *what);
void	stile__list_choice(struct choices *, const char *);

/* No more complaints are kept, so no more need to be found. */
bool	stile__is_full(const struct stile_validation *);

bool	stile__decode_json(struct stile_validation *,
	    const struct stile_schema *, struct json_object *,
	    struct stile_value *ret);
bool	stile__decode_text(struct stile_validation *,
	    const struct stile_schema *, struct stile_str,
	    struct stile_value *ret);
bool	stile__limit(struct stile_validation *, const struct stile_schema *,
	    const struct stile_value *);
bool	stile__limit_count(struct stile_validation *,
	    const struct stile_schema *, size_t n);
bool	stile__unique(struct stile_validation *, struct json_object *array);
bool	stile__unique_values(struct stile_validation *,
	    const struct stile_value *, size_t n);
bool	stile__place(struct stile_validation *, const struct stile_schema *row,
	    struct stile_place, const struct stile_value *, void *base);

/* Nothing, or null, with all that is in a struct there. */
bool	stile__place_none(struct stile_validation *,
	    const struct stile_schema *row, const struct stile_value *none,
	    void *base);

/* ---- whole values ----------------------------------------------------- */

bool	stile__check_json(struct stile_validation *,
	    const struct stile_schema *row, struct json_object *,
	    enum stile_validate, void *base, struct stile_value *ret);
bool	stile__check_array(struct stile_validation *,
	    const struct stile_schema *row, struct json_object *, void *base,
	    struct stile_value *ret);
bool	stile__check_map(struct stile_validation *,
	    const struct stile_schema *, struct json_object *,
	    enum stile_validate);

/* The texts of a parameter or a field: one, or for an array any number. */
bool	stile__check_texts(struct stile_validation *,
	    const struct stile_schema *row, const struct stile_str *, size_t n,
	    void *base, struct stile_value *ret);
bool	stile__check_text(struct stile_validation *,
	    const struct stile_schema *row, struct stile_str, void *base,
	    struct stile_value *ret);
bool	stile__check_list(struct stile_validation *,
	    const struct stile_schema *row, const struct stile_str *, size_t n,
	    void *base, struct stile_value *ret);

/* What is not there: its default, or a complaint. */
bool	stile__check_absent(struct stile_validation *,
	    const struct stile_schema *row, enum stile_validate, void *base,
	    struct stile_value *ret);

/* The members of a JSON object as a schema has them, into struct ret, and
 * what each is, if m is not NULL. */
bool	stile__check_object(struct stile_validation *,
	    const struct stile_schema *, struct json_object *,
	    enum stile_validate, void *ret, struct members *m);
bool	stile__check_one_of(struct stile_validation *,
	    const struct stile_schema *, struct json_object *,
	    enum stile_validate, void *ret, struct members *m);
bool	stile__members_init(struct stile_validation *,
	    const struct stile_schema *, struct members *ret);

/* The schema's own check; of an object, once all of its members are right. */
bool	stile__check_own(struct stile_validation *,
	    const struct stile_schema *, const struct stile_value *);
bool	stile__check_whole(struct stile_validation *,
	    const struct stile_schema *, const struct members *,
	    const struct stile_value *);

/* Whether a property is there for the one who sends. */
bool	stile__may_set(const struct stile_validation *,
	    const struct stile_schema *property);

size_t	stile__properties(const struct stile_schema *);
/* The one of this name, or NULL. */
const struct stile_schema *stile__property(const struct stile_schema *,
	    struct stile_str name);

/* ---- writing ---------------------------------------------------------- */

/* A typed value as the schema has it: 1 as true, milliseconds as a time. */
void	stile__schema_write_value(struct stile_buf *,
	    const struct stile_schema *row, const struct stile_value *);

/* Who may see what, of a writer: NULL shows what needs nothing. */
struct viewer {
	bool	(*may)(void *arg, const char *need);
	void	*arg;
};
/* An answer against what it is declared to be, for one viewer or NULL for any:
 * ERANGE with what is wrong. */
enum stile_err	stile__validate_output(struct stile_arena *,
		    const struct stile_schema *, const struct viewer *,
		    struct json_object *, struct stile_violations *wrong);

bool	stile__may_see(const struct viewer *, const struct stile_schema *);
void	stile__schema_write(struct stile_buf *, const struct stile_schema *,
	    const struct viewer *, const void *);
void	stile__schema_write_many(struct stile_buf *,
	    const struct stile_schema *, const struct viewer *, const void *,
	    size_t n);

/* Texts as a form has them, as JSON: for defaults and examples. */
void	stile__schema_write_text(struct stile_buf *,
	    const struct stile_schema *, const char *);
#endif
