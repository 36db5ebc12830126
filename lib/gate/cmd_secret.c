/* SPDX-License-Identifier: ISC */
/* secret: a fresh key for the setting secrets. */
#include "base/priv.h"

#include <sodium.h>

#include "gate/cmd.h"
#include "base/rand.h"
#include "base/banned.h"

#define KEY	32	/* bytes */

static int
run(struct cmd_line *l)
{
	unsigned char	key[KEY];
	char		text[sodium_base64_ENCODED_LEN(KEY,
			    sodium_base64_VARIANT_URLSAFE_NO_PADDING)];

	if (stile__random(key, sizeof(key)) != STILE_OK)
		return cmd_fail(l, EXIT_IO, "no random bytes can be had");
	sodium_bin2base64(text, sizeof(text), key, sizeof(key),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	printf("%s\n", text);
	sodium_memzero(key, sizeof(key));
	sodium_memzero(text, sizeof(text));
	return 0;
}

const struct cmd cmd_secret = {
	.name = "secret", .args = "", .run = run, .bare = true,
	.help = "print a fresh key for the setting secrets",
};
