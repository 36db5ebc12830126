/* SPDX-License-Identifier: ISC */
/* Unicode's normal form, by utf8proc. */
#include "base/priv.h"

#include <utf8proc.h>

#include "stile/arena.h"
#include "base/load.h"
#include "guard/nfc.h"
#include "base/banned.h"

static __typeof__(utf8proc_map)	*map;

static struct stile__library	library = {
	.file = "libutf8proc.so.2",
	.symbols = (const struct stile__symbol[]){
		{ "utf8proc_map", &map }, { 0 }
	},
};

static bool
is_ascii(struct stile_str s)
{
	size_t	i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* In memory that the caller gives to free(3). */
static enum stile_err
convert(struct stile_str s, int options, struct stile_str *ret,
    struct stile_error *e)
{
	utf8proc_uint8_t	*out = NULL;
	utf8proc_ssize_t	 n;
	enum stile_err		 rc;

	if ((rc = stile__load(&library, e)) != STILE_OK)
		return rc;
	n = map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.len, &out,
	    (utf8proc_option_t)options);
	if (n == UTF8PROC_ERROR_NOMEM)
		return stile__error_nomem(e);
	if (n < 0)
		return stile_error_set(e, STILE_ESYNTAX, 422,
		    "text in UTF-8 is expected");
	*ret = (struct stile_str){ (char *)out, (size_t)n };
	return STILE_OK;
}

enum stile_err
stile__nfc(struct stile_str s, struct stile_str *ret, char **mine,
    struct stile_error *e)
{
	enum stile_err	rc;

	*mine = NULL;
	*ret = s;
	if (is_ascii(s))
		return STILE_OK;
	if ((rc = convert(s, UTF8PROC_STABLE | UTF8PROC_COMPOSE, ret, e)) !=
	    STILE_OK)
		return rc;
	memcpy(mine, &ret->p, sizeof(*mine));
	return STILE_OK;
}

static enum stile_err
fold_ascii(struct stile_arena *a, struct stile_str s, const char **ret,
    struct stile_error *e)
{
	char	*p;
	size_t	 i;

	if ((p = stile_arena_dup(a, s)) == NULL)
		return stile__error_nomem(e);
	for (i = 0; i < s.len; i++)
		p[i] = (char)ascii_lower(p[i]);
	*ret = p;
	return STILE_OK;
}

static enum stile_err
fold(struct stile_arena *a, struct stile_str s, int options, const char **ret,
    struct stile_error *e)
{
	struct stile_str	 folded;
	enum stile_err		 rc;
	char			*out;

	if (is_ascii(s))
		return fold_ascii(a, s, ret, e);
	if ((rc = convert(s, UTF8PROC_STABLE | UTF8PROC_COMPAT |
	    UTF8PROC_CASEFOLD | options, &folded, e)) != STILE_OK)
		return rc;
	*ret = stile_arena_dup(a, folded);
	memcpy(&out, &folded.p, sizeof(out));
	free(out);
	return *ret != NULL ? STILE_OK : stile__error_nomem(e);
}

enum stile_err
stile__casefold(struct stile_arena *a, struct stile_str s, const char **ret,
    struct stile_error *e)
{
	return fold(a, s, UTF8PROC_COMPOSE | UTF8PROC_IGNORE, ret, e);
}

enum stile_err
stile__unaccented(struct stile_arena *a, struct stile_str s, const char **ret,
    struct stile_error *e)
{
	return fold(a, s, UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK, ret, e);
}
