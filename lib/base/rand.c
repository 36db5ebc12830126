/* SPDX-License-Identifier: ISC */
/* Random bytes from the kernel. */
#include "base/priv.h"

#include <errno.h>
#include <sys/random.h>

#include "base/rand.h"
#include "base/banned.h"

enum stile_err
stile__random(void *p, size_t n)
{
	ssize_t	got;

	while (n > 0) {
		if ((got = getrandom(p, n, 0)) < 0) {
			if (errno == EINTR)
				continue;
			return STILE_EIO;
		}
		p = (char *)p + got;
		n -= (size_t)got;
	}
	return STILE_OK;
}
