/* SPDX-License-Identifier: ISC */
/* lib/guard/recovery.c: codes that are typed from paper. */
#include "unit.h"

#include "stile/totp.h"

Test(recovery, fresh)
{
	char			code[100][STILE_RECOVERY_CODE_SIZE];
	bool			seen[128] = { false };
	struct stile_error	e = { 0 };
	size_t			i, k, n = 0;

	for (i = 0; i < NELEM(code); i++) {
		cr_assert_eq(stile_recovery_code(code[i], &e), STILE_OK);
		cr_expect_eq(strlen(code[i]), 11);
		cr_expect_eq(code[i][5], '-', "%s", code[i]);
		for (k = 0; k < 11; k++) {
			cr_expect(strchr("ILOU", code[i][k]) == NULL, "%s",
			    code[i]);
			seen[(unsigned char)code[i][k]] = true;
		}
		for (k = 0; k < i; k++)
			cr_expect(strcmp(code[i], code[k]) != 0);
	}
	for (i = 0; i < NELEM(seen); i++)
		n += seen[i];
	cr_expect_eq(n, 33, "all 32 characters come up: %zu", n - 1);
}

/* printf 'alice\0%s' 4T7KQ9XW2M | sha256sum */
#define HASH	\
	"fa691eafcf6c26d257139fcdfbc23e941e4e6a3fa005dceb0cab7ca702056501"

Test(recovery, hash)
{
	char	out[STILE_RECOVERY_HASH_SIZE];

	cr_assert(stile_recovery_hash("alice", "4T7KQ-9XW2M", out));
	EXPECT_STR(out, HASH, "as others compute it");
	cr_expect(stile_recovery_hash("bob", "4T7KQ-9XW2M", out));
	cr_expect(strcmp(out, HASH) != 0, "each owner has others");
}

Test(recovery, as_typed)
{
	static const char *const	good[] = {
		"4T7KQ-9XW2M", "4t7kq-9xw2m", "4T7KQ9XW2M", " 4t7kq 9xw2m ",
		"4-T-7-K-Q-9-X-W-2-M",
	}, *const			bad[] = {
		"", "-", "4T7KQ", "4T7KQ-9XW2", "4T7KQ-9XW2MM", "4T7KQ-9XW2U",
		"4T7KQ-9XW2\303\244", "4T7KQ_9XW2M", "4T7KQ-9XW2N",
		"4T7KQ-9XW2M\n",
	};
	size_t				i;

	for (i = 0; i < NELEM(good); i++)
		cr_expect(stile_recovery_verify("alice", good[i], HASH), "%s",
		    good[i]);
	for (i = 0; i < NELEM(bad); i++)
		cr_expect(!stile_recovery_verify("alice", bad[i], HASH), "%s",
		    bad[i]);
	cr_expect(!stile_recovery_verify("alice", NULL, HASH));
	cr_expect(!stile_recovery_verify("alic", good[0], HASH));
	cr_expect(!stile_recovery_verify("alice4", "T7KQ9XW2M", HASH));
}

Test(recovery, look_alikes)
{
	char	one[STILE_RECOVERY_HASH_SIZE], two[STILE_RECOVERY_HASH_SIZE];

	cr_assert(stile_recovery_hash("a", "00011-11222", one));
	cr_assert(stile_recovery_hash("a", "Oo0il-IL222", two));
	EXPECT_STR(one, two, "as they were meant");
}

Test(recovery, malformed_hash)
{
	char	out[STILE_RECOVERY_HASH_SIZE];

	cr_expect(!stile_recovery_verify("alice", "4T7KQ-9XW2M", ""));
	cr_expect(!stile_recovery_verify("alice", "4T7KQ-9XW2M", "x"));
	cr_expect(!stile_recovery_verify("alice", "4T7KQ-9XW2M", HASH "0"));
	cr_expect(!stile_recovery_hash("alice", "no code", out));
	EXPECT_STR(out, "", "nothing to store");
	cr_expect(!stile_recovery_verify("alice", "no code", ""));
}
