/* SPDX-License-Identifier: ISC */
/* Handlers of the ready routes, a file for each family of them. */
#ifndef GUARD_ACCOUNTS_H
#define GUARD_ACCOUNTS_H

#include "stile/schema.h"

struct stile_req;

extern const struct stile_schema	account_user;

/* accounts_reset.c: what a mail's link leads back to */
extern const struct stile_schema	account_reset_in, account_confirm_in,
					account_verify_in;
int	account_ask_reset(struct stile_req *);
int	account_reset(struct stile_req *);
int	account_ask_verify(struct stile_req *);
int	account_verify(struct stile_req *);
int	account_send_verify(struct stile_req *, int64_t id, const char *email);

/* accounts_keys.c: sessions and tokens of who asks */
extern const struct stile_schema	account_sessions, account_token_in,
					account_token_out, account_tokens;
int	account_list_sessions(struct stile_req *);
int	account_end_session(struct stile_req *);
int	account_end_sessions(struct stile_req *);
int	account_list_tokens(struct stile_req *);
int	account_make_token(struct stile_req *);
int	account_revoke_token(struct stile_req *);

/* accounts_second.c: the second factor */
extern const struct stile_schema	account_second, account_code_in,
					account_recovery, account_off_in;
int	account_begin_second(struct stile_req *);
int	account_confirm_second(struct stile_req *);
int	account_end_second(struct stile_req *);
#endif
