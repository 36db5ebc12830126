/* SPDX-License-Identifier: ISC */
/*
 * lib/codec/field.c, accept.c, etag.c, auth.c and lib/base/base64.c under
 * libFuzzer.  The first line of the input is one of ours (an offer, an
 * entity-tag), the rest is the client's field.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -Ilib -I. ...
 *   ./fuzz_field -max_total_time=60 tests/fuzz/corpus/field
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/base64.h"
#include "stile/buf.h"
#include "stile/field.h"
#include "stile/str.h"
#include "codec/accept.h"
#include "codec/auth.h"
#include "codec/etag.h"
#include "codec/field.h"
#include "fuzz.h"

static bool
within(struct stile_str part, struct stile_str all)
{
	return part.p >= all.p && part.p + part.len <= all.p + all.len;
}

static void
check_params(struct stile_str field)
{
	struct stile_str	rest = field, name, value;

	require(within(stile__media_type(field), field));
	while (stile__next_param(&rest, &name, &value))
		require(within(name, field) && within(value, field));
}

/* The piece reads as some text, which is the same after it was written. */
static void
check_piece(struct stile_arena *a, struct stile_str piece)
{
	struct stile_buf	*b = stile_buf_new(a, SIZE_MAX);
	const char		*text = stile_field_unquote(a, piece), *again;
	enum stile_err		 rc;

	if (text == NULL)
		return;
	require(b != NULL && strlen(text) <= piece.len);
	if ((rc = stile_field_quote(b, stile_str(text))) != STILE_OK) {
		require(rc == STILE_ESYNTAX && stile_buf_view(b).len == 0);
		return;
	}
	again = stile_field_unquote(a, stile_buf_view(b));
	require(again != NULL && strcmp(again, text) == 0);
}

static void
check_list(struct stile_str name, struct stile_str field, char sep)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_str	 rest = field, piece;
	bool			 any = false;

	require(a != NULL);
	while (stile_field_cut(&rest, sep, &piece)) {
		require(within(piece, field) && piece.len > 0);
		require(stile_str_trim(piece).len == piece.len);
		check_piece(a, piece);
		any = true;
	}
	require(any || stile_field_get(a, field, sep,
	    stile_arena_dup(a, name)) == NULL);
	stile_arena_free(a);
}

static void
check_accept(struct stile_str offer, struct stile_str field)
{
	struct stile_str	offers[] = { STR("text/html"), offer,
	    STR("identity") };
	enum stile_accept_kind	kind;
	int			i, k, w[NELEM(offers)];

	for (kind = STILE_ACCEPT_TYPE; kind <= STILE_ACCEPT_LANGUAGE; kind++) {
		for (k = 0; k < (int)NELEM(offers); k++) {
			w[k] = stile__accept_weight(kind, field, offers[k]);
			require(w[k] >= 0 && w[k] <= 1000);
		}
		i = stile_accept_best(kind, field, offers, NELEM(offers));
		require(i >= -1 && i < (int)NELEM(offers));
		for (k = 0; k < (int)NELEM(offers); k++)
			require(i == -1 ? w[k] == 0 : w[k] <= w[i]);
	}
}

static void
check_conditions(struct stile_str etag, struct stile_str field)
{
	struct stile__cond_in	in = { .exists = true, .etag = etag,
	    .last_modified = 784111777, .now = 1795361434 };
	enum stile__cond	rc;
	unsigned		i;
	bool			range;

	for (i = 0; i < 64; i++) {
		in.read = in.range = (i & 1) != 0;
		in.if_match = i & 2 ? field : stile_str(NULL);
		in.if_none_match = i & 4 ? field : stile_str(NULL);
		in.if_modified_since = i & 8 ? field : stile_str(NULL);
		in.if_unmodified_since = i & 16 ? field : stile_str(NULL);
		in.if_range = i & 32 ? field : stile_str(NULL);
		rc = stile__conditions(&in, &range);
		require(rc == STILE__COND_PROCEED || !range);
		require(rc != STILE__COND_NOT_MODIFIED || in.read);
	}
	/* A strong match is a weak one too. */
	if (stile__etag_find(field, etag, STILE__ETAG_STRONG) ==
	    STILE__ETAG_FOUND)
		require(stile__etag_find(field, etag, STILE__ETAG_WEAK) ==
		    STILE__ETAG_FOUND);
}

static void
check_auth(struct stile_str field)
{
	struct stile_arena	*a;
	struct stile_str	 user, password, token;
	struct stile_buf	*b;
	enum stile_base64	 kind;
	char			*p;
	size_t			 n;

	require((a = stile_arena_new(0)) != NULL);
	if (stile__auth_basic(a, field, &user, &password) == STILE_OK) {
		require(stile_utf8_valid(user) && stile_utf8_valid(password));
		require(memchr(user.p, ':', user.len) == NULL);
	}
	if (stile__auth_token(field, STR("Bearer"), &token) == STILE_OK)
		require(within(token, field));
	for (kind = STILE_BASE64_STD; kind <= STILE_BASE64_URL; kind++) {
		if ((p = stile_base64_decode(a, field, kind, &n)) == NULL)
			continue;
		require((b = stile_buf_new(a, field.len)) != NULL);
		stile_base64_encode(b, (struct stile_str){ p, n }, kind);
		require(stile_buf_err(b) == STILE_OK);
		require(stile_str_eq(stile_buf_view(b), field));
	}
	stile_arena_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stile_str	field = { (const char *)data, size }, ours;

	if (size == 0 || !stile_str_cut(&field, '\n', &ours) ||
	    field.p == NULL)
		return 0;
	check_params(field);
	check_list(ours, field, ',');
	check_list(ours, field, ';');
	check_accept(ours, field);
	check_conditions(ours, field);
	check_auth(field);
	return 0;
}
