/* SPDX-License-Identifier: ISC */
/* The part of a path that stands for a title: ASCII that needs no escapes. */
#include "base/priv.h"

#include "stile/app.h"
#include "stile/arena.h"
#include "stile/req.h"
#include "stile/str.h"
#include "guard/nfc.h"
#include "http/req.h"
#include "base/banned.h"

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || ascii_digit(c);
}

/* An apostrophe is inside of a word, as are letters that are not ASCII. */
static bool
is_left_out(char c)
{
	return c == '\'' || (unsigned char)c >= 0x80;
}

const char *
stile_slug(struct stile_req *r, const char *title, size_t max)
{
	struct stile_error	 e = { .code = STILE_OK };
	const char		*p;
	char			*slug;
	size_t			 n = 0;
	bool			 gap = false;

	if (stile_failed(r) != STILE_OK)
		return NULL;
	if (stile__unaccented(r->arena, stile_str(title), &p, &e) !=
	    STILE_OK) {
		stile_fail_error(r, &e);
		return NULL;
	}
	if ((slug = stile_arena_alloc(r->arena, strlen(p) + 1, 1)) == NULL) {
		stile__fail_nomem(r);
		return NULL;
	}
	for (; *p != '\0' && n + gap < max; p++) {
		if (is_letter(*p)) {
			if (gap)
				slug[n++] = '-';
			slug[n++] = *p;
			gap = false;
		} else if (!is_left_out(*p))
			gap = n > 0;
	}
	slug[n] = '\0';
	return slug;
}
