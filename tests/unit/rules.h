/* SPDX-License-Identifier: ISC */
/* Rules of other frameworks as patterns of ours, for the vectors. */
#ifndef RULES_H
#define RULES_H

#include "app.h"

static inline const char *
text_of(struct json_object *j, const char *name)
{
	struct json_object	*m = json_object_object_get(j, name);

	return m != NULL ? json_object_get_string(m) : NULL;
}

static inline bool
is_true(struct json_object *j, const char *name)
{
	return json_object_get_boolean(json_object_object_get(j, name));
}

/* "<int:x>" becomes "{x:int}"; false for a converter that we have not. */
static inline bool
convert(const char *rule, char *out, size_t size)
{
	static const char *const converters[][2] = {
		{ "int", "int" }, { "str", "str" }, { "slug", "slug" },
		{ "uuid", "uuid" }, { "path", "path" }, { "string", "str" },
		{ "default", "str" },
	};
	const char	*close, *colon;
	size_t		 i, n = 0, kind;

	for (i = 0; rule[i] != '\0'; i++) {
		cr_assert_lt(n + 100, size);
		if (rule[i] != '<') {
			out[n++] = rule[i];
			continue;
		}
		if ((close = strchr(rule + i, '>')) == NULL)
			return false;
		colon = memchr(rule + i, ':', (size_t)(close - rule) - i);
		if (colon == NULL) {
			n += (size_t)snprintf(out + n, size - n, "{%.*s}",
			    (int)(close - rule - (long)i - 1), rule + i + 1);
		} else {
			for (kind = 0; kind < NELEM(converters); kind++)
				if (strncmp(converters[kind][0], rule + i + 1,
				    (size_t)(colon - rule) - i - 1) == 0 &&
				    converters[kind][0][colon - rule - (long)i -
				    1] == '\0')
					break;
			if (kind == NELEM(converters))
				return false;
			n += (size_t)snprintf(out + n, size - n, "{%.*s:%s}",
			    (int)(close - colon - 1), colon + 1,
			    converters[kind][1]);
		}
		i = (size_t)(close - rule);
	}
	out[n] = '\0';
	return true;
}

/* At most one parameter a segment, and one {path} in all. */
static inline bool
one_each(const char *pattern)
{
	struct stile_str	rest = stile_str(pattern), seg;
	const char		*p;

	while (stile_str_cut(&rest, '/', &seg)) {
		p = memchr(seg.p, '{', seg.len);
		if (p != NULL && memchr(p + 1, '{',
		    seg.len - (size_t)(p + 1 - seg.p)) != NULL)
			return false;
	}
	p = strstr(pattern, ":path}");
	return p == NULL || strstr(p + 1, ":path}") == NULL;
}
#endif
