/* SPDX-License-Identifier: ISC */
/* Unicode's normal form, by utf8proc. */
#include "base/priv.h"

#include <utf8proc.h>

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

enum stile_err
stile__nfc(struct stile_str s, struct stile_str *ret, char **mine,
    struct stile_error *e)
{
	utf8proc_uint8_t	*out = NULL;
	utf8proc_ssize_t	 n;
	enum stile_err		 rc;

	*mine = NULL;
	*ret = s;
	if (is_ascii(s))
		return STILE_OK;
	if ((rc = stile__load(&library, e)) != STILE_OK)
		return rc;
	n = map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.len, &out,
	    UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (n == UTF8PROC_ERROR_NOMEM)
		return stile__error_nomem(e);
	if (n < 0)
		return stile_error_set(e, STILE_ESYNTAX, 422,
		    "text in UTF-8 is expected");
	*mine = (char *)out;
	*ret = (struct stile_str){ *mine, (size_t)n };
	return STILE_OK;
}
