/* SPDX-License-Identifier: ISC */
/*
 * Numbers from text, and fractions back to text.  No leading space, no plus
 * sign, no locale, no overflow: what strtol(3) and friends let through is where
 * bugs live.
 */
#include "base/priv.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>

#include "stile/num.h"
#include "base/banned.h"

#define DOUBLE_MAX	400	/* longest number that is looked at, in bytes */

enum stile_err
stile__parse_bool(const char *s, bool *ret)
{
	static const struct { const char *word; bool value; } words[] = {
		{ "true", true }, { "yes", true }, { "on", true },
		{ "1", true }, { "false", false }, { "no", false },
		{ "off", false }, { "0", false },
	};
	size_t	i;

	for (i = 0; i < NELEM(words); i++)
		if (strcasecmp(words[i].word, s) == 0) {
			*ret = words[i].value;
			return STILE_OK;
		}
	return STILE_ESYNTAX;
}

char *
stile__digits(char *end, uint64_t v)
{
	do
		*--end = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	return end;
}

bool
stile__is_uuid(struct stile_str s)
{
	size_t	i;

	if (s.len != 36)
		return false;
	for (i = 0; i < s.len; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (s.p[i] != '-')
				return false;
		} else if (ascii_hex(s.p[i]) < 0)
			return false;
	return true;
}

enum stile_err
stile_num_int(struct stile_str s, int64_t min, int64_t max, int64_t *ret)
{
	bool		neg = s.len > 0 && s.p[0] == '-';
	size_t		i = neg ? 1 : 0;
	int64_t		v = 0;
	int		d;
	bool		over = false;

	if (i == s.len)
		return STILE_ESYNTAX;
	/* Counted below zero, where int64_t has one more value. */
	for (; i < s.len; i++) {
		if (!ascii_digit(s.p[i]))
			return STILE_ESYNTAX;
		d = s.p[i] - '0';
		if (v < (INT64_MIN + d) / 10)
			over = true;
		else
			v = v * 10 - d;
	}
	if (over || (!neg && v == INT64_MIN))
		return STILE_ERANGE;
	if (!neg)
		v = -v;
	if (v < min || v > max)
		return STILE_ERANGE;
	*ret = v;
	return STILE_OK;
}

static size_t
digits(struct stile_str s, size_t i)
{
	size_t	n = 0;

	while (i + n < s.len && ascii_digit(s.p[i + n]))
		n++;
	return n;
}

/* number = [ minus ] int [ frac ] [ exp ], RFC 8259 section 6 */
static bool
is_json_number(struct stile_str s)
{
	size_t	i = 0, n;

	if (i < s.len && s.p[i] == '-')
		i++;
	if ((n = digits(s, i)) == 0 || (n > 1 && s.p[i] == '0'))
		return false;
	i += n;
	if (i < s.len && s.p[i] == '.') {
		if ((n = digits(s, i + 1)) == 0)
			return false;
		i += n + 1;
	}
	if (i < s.len && (s.p[i] == 'e' || s.p[i] == 'E')) {
		i++;
		if (i < s.len && (s.p[i] == '+' || s.p[i] == '-'))
			i++;
		if ((n = digits(s, i)) == 0)
			return false;
		i += n;
	}
	return i == s.len;
}

/* An application may have called setlocale(3): ours is always "C". */
static locale_t c_locale;

static void
make_locale(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static locale_t
get_locale(void)
{
	static pthread_once_t	once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_locale);
	return c_locale;
}

enum stile_err
stile_num_double(struct stile_str s, double *ret)
{
	locale_t	c;
	char		z[DOUBLE_MAX + 1];
	double		d;

	if (s.len > DOUBLE_MAX)
		return STILE_ERANGE;
	if (!is_json_number(s))
		return STILE_ESYNTAX;
	memcpy(z, s.p, s.len);
	z[s.len] = '\0';
	if ((c = get_locale()) == (locale_t)0)
		return STILE_ENOMEM;
	d = strtod_l(z, NULL, c);
	if (!isfinite(d))
		return STILE_ERANGE;
	*ret = d;
	return STILE_OK;
}

void
stile__print_double(double d, int digits, char out[STILE__DOUBLE_SIZE])
{
	locale_t	old = uselocale(get_locale());

	snprintf(out, STILE__DOUBLE_SIZE, "%.*g", digits, d);
	uselocale(old);
}

void
stile__print_exact(double d, char out[STILE__DOUBLE_SIZE])
{
	double	back;
	int	digits;

	for (digits = 15; digits <= 17; digits++) {
		stile__print_double(d, digits, out);
		if (stile_num_double((struct stile_str){ out, strlen(out) },
		    &back) == STILE_OK && back == d)
			break;
	}
}
