/* SPDX-License-Identifier: ISC */
/*
 * A sender's file name for people to read: in a page, a list, a header on the
 * way out.  It is not for the file system; a file that we keep has a name of
 * our own.
 */
#include "base/priv.h"

#include "stile/buf.h"
#include "stile/multipart.h"
#include "stile/str.h"
#include "base/utf8.h"
#include "base/banned.h"

#define NAME_BYTES	255	/* what file systems and people can take */

static struct stile_str
last_component(struct stile_str s)
{
	size_t	i = s.len;

	while (i > 0 && s.p[i - 1] != '/' && s.p[i - 1] != '\\')
		i--;
	return (struct stile_str){ s.p + i, s.len - i };
}

/*
 * Control characters, line and paragraph separators, and the marks that turn
 * the direction of text and let "gpj.exe" look like "exe.jpg".
 */
static bool
is_invisible(const unsigned char *p, size_t n)
{
	if (n == 1)
		return p[0] < 0x20 || p[0] == 0x7F;
	if (n == 2)
		return p[0] == 0xC2 && p[1] < 0xA0;
	if (n != 3 || p[0] != 0xE2)
		return false;
	return (p[1] == 0x80 && (p[2] == 0x8E || p[2] == 0x8F ||
	    (p[2] >= 0xA8 && p[2] <= 0xAE))) ||
	    (p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9);
}

struct stile_str
stile_filename_display(struct stile_arena *a, struct stile_str filename)
{
	struct stile_str	 s;
	struct stile_buf	*b;
	size_t			 n;
	bool			 ok;

	if ((b = stile_buf_new(a, NAME_BYTES)) == NULL)
		return (struct stile_str){ NULL, 0 };
	/* The first character that does not fit sets the buffer's error. */
	for (s = last_component(filename); s.len > 0 &&
	    stile_buf_err(b) == STILE_OK; s.p += n, s.len -= n) {
		n = stile__utf8_step(s, &ok);
		if (!ok)
			stile_buf_puts(b, "\xEF\xBF\xBD");
		else if (!is_invisible((const unsigned char *)s.p, n))
			stile_buf_write(b, s.p, n);
	}
	if (stile_buf_err(b) == STILE_ENOMEM)
		return (struct stile_str){ NULL, 0 };
	s = stile_str_trim(stile_buf_view(b));
	if (s.len == 0 || stile_str_eq(s, STR(".")) ||
	    stile_str_eq(s, STR("..")))
		return STR("unnamed");
	return s;
}
