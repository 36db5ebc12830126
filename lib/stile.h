/* SPDX-License-Identifier: ISC */
/* stile: web back ends in C.  See stile(3). */
#ifndef STILE_H
#define STILE_H

#include <stile/accept.h>
#include <stile/accounts.h>
#include <stile/admin.h>
#include <stile/app.h>
#include <stile/arena.h>
#include <stile/auth.h>
#include <stile/base64.h>
#include <stile/buf.h>
#include <stile/cache.h>
#include <stile/client.h>
#include <stile/conf.h>
#include <stile/contract.h>
#include <stile/cookie.h>
#include <stile/cors.h>
#include <stile/date.h>
#include <stile/db.h>
#include <stile/docs.h>
#include <stile/enc.h>
#include <stile/field.h>
#include <stile/file.h>
#include <stile/health.h>
#include <stile/input.h>
#include <stile/json.h>
#include <stile/jwt.h>
#include <stile/limits.h>
#include <stile/log.h>
#include <stile/mail.h>
#include <stile/migrate.h>
#include <stile/multipart.h>
#include <stile/num.h>
#include <stile/openapi.h>
#include <stile/page.h>
#include <stile/param.h>
#include <stile/password.h>
#include <stile/req.h>
#include <stile/res.h>
#include <stile/schema.h>
#include <stile/search.h>
#include <stile/session.h>
#include <stile/sign.h>
#include <stile/str.h>
#include <stile/stream.h>
#include <stile/table.h>
#include <stile/throttle.h>
#include <stile/totp.h>
#include <stile/types.h>
#include <stile/upload.h>
#include <stile/urlencoded.h>
#include <stile/user.h>
#include <stile/value.h>

#endif
