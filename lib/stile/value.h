/* SPDX-License-Identifier: ISC */
/* Typed values, and STILE_ARGS() to pass a list of them. */
#ifndef STILE_VALUE_H
#define STILE_VALUE_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct json_object;

enum stile_type {
	STILE_NULL,
	STILE_BOOL,
	STILE_INT,
	STILE_DOUBLE,
	STILE_TEXT,		/* UTF-8 */
	STILE_BLOB,		/* any bytes */
	STILE_JSON,		/* a borrowed json_object */
	STILE_TIME,		/* milliseconds since 1970, UTC */
	STILE_JSON_TEXT,	/* JSON as text, known to be right */
	STILE_LIST,		/* for "IN ?" */
	STILE_ABSENT		/* nothing is there, not even null */
};

struct stile_value {
	enum stile_type	type;
	union {
		bool			 b;
		int64_t			 i;	/* INT, TIME */
		double			 d;
		struct stile_str	 s;	/* TEXT, BLOB, JSON_TEXT: borrowed */
		struct json_object	*j;
		struct {
			const struct stile_value	*v;	/* borrowed */
			size_t				 n;
		} list;
	} u;
};

struct stile_args {
	size_t				 n;
	const struct stile_value	*v;
	bool				 named;	/* names and values in turn */
};

/* Values by hand; a NULL pointer becomes STILE_NULL. */
STILE_API struct stile_value stile_null(void);
STILE_API struct stile_value stile_bool(bool);
STILE_API struct stile_value stile_int(int64_t);
STILE_API struct stile_value stile_double(double);
STILE_API struct stile_value stile_text(const char *);
STILE_API struct stile_value stile_text_str(struct stile_str);
STILE_API struct stile_value stile_blob(const void *, size_t);
STILE_API struct stile_value stile_json_value(struct json_object *);
STILE_API struct stile_value stile_uint(uint64_t);
STILE_API struct stile_value stile_time(int64_t ms);
STILE_API struct stile_value stile_json_text(struct stile_str);
STILE_API struct stile_value stile_list(const struct stile_value *, size_t n);
STILE_API struct stile_value stile_list_args(struct stile_args);
STILE_API struct stile_value stile_same(struct stile_value);

/* "boolean", "text" and so on, for messages. */
STILE_API const char	*stile_type_name(enum stile_type);

/*
 * STILE_ARGS(a, b, ...): up to 32 C values, each by its own type, as one
 * struct stile_args that lives as long as the enclosing block.
 * STILE_NAMED("id", id, "title", title): the same for places with names.
 * STILE_LIST_OF(a, b, ...): the same as one value, for "IN ?".
 */
#define STILE_NOARGS_INIT	{ 0, NULL, false }
#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
# define STILE_VALUE(x) _Generic((x),					\
	bool:			stile_bool,				\
	signed char:		stile_int,				\
	unsigned char:		stile_int,				\
	short:			stile_int,				\
	unsigned short:		stile_int,				\
	int:			stile_int,				\
	unsigned int:		stile_int,				\
	long:			stile_int,				\
	long long:		stile_int,				\
	unsigned long:		stile_uint,				\
	unsigned long long:	stile_uint,				\
	float:			stile_double,				\
	double:			stile_double,				\
	char *:			stile_text,				\
	const char *:		stile_text,				\
	struct stile_str:	stile_text_str,				\
	struct json_object *:	stile_json_value,			\
	struct stile_value:	stile_same)(x)
# define STILE_NOARGS	((struct stile_args)STILE_NOARGS_INIT)
# define STILE_ARGS(...)	STILE_ARGS_(false, __VA_ARGS__)
# define STILE_NAMED(...)	STILE_ARGS_(true, __VA_ARGS__)
# define STILE_LIST_OF(...)	stile_list_args(STILE_ARGS(__VA_ARGS__))
# define STILE_ARGS_(named, ...)					\
	((struct stile_args){						\
	    sizeof((struct stile_value[]){ STILE_EACH_(__VA_ARGS__) }) / \
		sizeof(struct stile_value),				\
	    (const struct stile_value[]){ STILE_EACH_(__VA_ARGS__) },	\
	    (named) })

# define STILE_EACH_(...)						\
	STILE_PICK_(__VA_ARGS__, STILE_32_, STILE_31_, STILE_30_,	\
	    STILE_29_, STILE_28_, STILE_27_, STILE_26_, STILE_25_,	\
	    STILE_24_, STILE_23_, STILE_22_, STILE_21_, STILE_20_,	\
	    STILE_19_, STILE_18_, STILE_17_, STILE_16_, STILE_15_,	\
	    STILE_14_, STILE_13_, STILE_12_, STILE_11_, STILE_10_,	\
	    STILE_9_, STILE_8_, STILE_7_, STILE_6_, STILE_5_,		\
	    STILE_4_, STILE_3_, STILE_2_, STILE_1_, 0)(__VA_ARGS__)
# define STILE_PICK_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11,	\
	    a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22,	\
	    a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, x,	\
	    ...) x
# define STILE_1_(x)		STILE_VALUE(x)
# define STILE_2_(x, ...)	STILE_VALUE(x), STILE_1_(__VA_ARGS__)
# define STILE_3_(x, ...)	STILE_VALUE(x), STILE_2_(__VA_ARGS__)
# define STILE_4_(x, ...)	STILE_VALUE(x), STILE_3_(__VA_ARGS__)
# define STILE_5_(x, ...)	STILE_VALUE(x), STILE_4_(__VA_ARGS__)
# define STILE_6_(x, ...)	STILE_VALUE(x), STILE_5_(__VA_ARGS__)
# define STILE_7_(x, ...)	STILE_VALUE(x), STILE_6_(__VA_ARGS__)
# define STILE_8_(x, ...)	STILE_VALUE(x), STILE_7_(__VA_ARGS__)
# define STILE_9_(x, ...)	STILE_VALUE(x), STILE_8_(__VA_ARGS__)
# define STILE_10_(x, ...)	STILE_VALUE(x), STILE_9_(__VA_ARGS__)
# define STILE_11_(x, ...)	STILE_VALUE(x), STILE_10_(__VA_ARGS__)
# define STILE_12_(x, ...)	STILE_VALUE(x), STILE_11_(__VA_ARGS__)
# define STILE_13_(x, ...)	STILE_VALUE(x), STILE_12_(__VA_ARGS__)
# define STILE_14_(x, ...)	STILE_VALUE(x), STILE_13_(__VA_ARGS__)
# define STILE_15_(x, ...)	STILE_VALUE(x), STILE_14_(__VA_ARGS__)
# define STILE_16_(x, ...)	STILE_VALUE(x), STILE_15_(__VA_ARGS__)
# define STILE_17_(x, ...)	STILE_VALUE(x), STILE_16_(__VA_ARGS__)
# define STILE_18_(x, ...)	STILE_VALUE(x), STILE_17_(__VA_ARGS__)
# define STILE_19_(x, ...)	STILE_VALUE(x), STILE_18_(__VA_ARGS__)
# define STILE_20_(x, ...)	STILE_VALUE(x), STILE_19_(__VA_ARGS__)
# define STILE_21_(x, ...)	STILE_VALUE(x), STILE_20_(__VA_ARGS__)
# define STILE_22_(x, ...)	STILE_VALUE(x), STILE_21_(__VA_ARGS__)
# define STILE_23_(x, ...)	STILE_VALUE(x), STILE_22_(__VA_ARGS__)
# define STILE_24_(x, ...)	STILE_VALUE(x), STILE_23_(__VA_ARGS__)
# define STILE_25_(x, ...)	STILE_VALUE(x), STILE_24_(__VA_ARGS__)
# define STILE_26_(x, ...)	STILE_VALUE(x), STILE_25_(__VA_ARGS__)
# define STILE_27_(x, ...)	STILE_VALUE(x), STILE_26_(__VA_ARGS__)
# define STILE_28_(x, ...)	STILE_VALUE(x), STILE_27_(__VA_ARGS__)
# define STILE_29_(x, ...)	STILE_VALUE(x), STILE_28_(__VA_ARGS__)
# define STILE_30_(x, ...)	STILE_VALUE(x), STILE_29_(__VA_ARGS__)
# define STILE_31_(x, ...)	STILE_VALUE(x), STILE_30_(__VA_ARGS__)
# define STILE_32_(x, ...)	STILE_VALUE(x), STILE_31_(__VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
