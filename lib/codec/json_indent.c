/* SPDX-License-Identifier: ISC */
/*
 * JSON piece by piece, and JSON for people: what tells one token from another
 * is looked up in the text that is there, so nothing has to be remembered.
 */
#include "base/priv.h"

#include "stile/buf.h"
#include "stile/str.h"
#include "codec/json.h"
#include "base/banned.h"

/* What a text ends with is never one of these: it ends with its quote. */
void
stile__json_next(struct stile_buf *b)
{
	struct stile_str	s = stile_buf_view(b);

	if (s.len > 0 && strchr("{[:,", s.p[s.len - 1]) == NULL)
		stile_buf_putc(b, ',');
}

void
stile__json_key(struct stile_buf *b, const char *name)
{
	stile__json_next(b);
	stile_json_write_str(b, stile_str(name));
	stile_buf_putc(b, ':');
}

/* The length of the text that begins here, with its quotes. */
static size_t
text_len(struct stile_str s)
{
	size_t	i;

	for (i = 1; i < s.len && s.p[i] != '"'; i++)
		if (s.p[i] == '\\')
			i++;
	return i < s.len ? i + 1 : s.len;
}

static void
line(struct stile_buf *b, int depth)
{
	stile_buf_printf(b, "\n%*s", 2 * depth, "");
}

void
stile__json_indent(struct stile_buf *b, struct stile_str s)
{
	size_t	n;
	int	depth = 0;

	for (; s.len > 0; s.p += n, s.len -= n) {
		n = *s.p == '"' ? text_len(s) : 1;
		if (*s.p == '}' || *s.p == ']')
			line(b, --depth);
		stile_buf_write(b, s.p, n);
		if (*s.p == ':')
			stile_buf_putc(b, ' ');
		else if (*s.p == ',')
			line(b, depth);
		else if (*s.p == '{' || *s.p == '[') {
			/* Nothing is in it. */
			if (s.len > 1 && (s.p[1] == '}' || s.p[1] == ']'))
				stile_buf_write(b, s.p + n++, 1);
			else
				line(b, ++depth);
		}
	}
	stile_buf_putc(b, '\n');
}
