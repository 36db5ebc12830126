/* SPDX-License-Identifier: ISC */
/* Ready routes for users and their accounts, to be mounted. */
#ifndef STILE_ACCOUNTS_H
#define STILE_ACCOUNTS_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_app;

/* Register, log in and out, passwords, addresses, sessions and tokens. */
STILE_API extern const struct stile_app stile_accounts;

#ifdef __cplusplus
}
#endif
#endif
