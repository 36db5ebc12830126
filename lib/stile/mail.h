/* SPDX-License-Identifier: ISC */
/* Mail to users, by sendmail(8) or into a folder. */
#ifndef STILE_MAIL_H
#define STILE_MAIL_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_req;

struct stile_mail {
	const char	*to;		/* one address */
	const char	*subject;	/* one line */
	const char	*text;		/* UTF-8 */
};

/* Send it once the answer is made, if that is not a failure; whether it has
 * arrived, nobody waits for. */
STILE_API int	stile_mail_send(struct stile_req *, const struct stile_mail *);

#ifdef __cplusplus
}
#endif
#endif
