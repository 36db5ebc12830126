/* SPDX-License-Identifier: ISC */
/* Error codes and the caller-owned cause.  errno is never looked at here. */
#include "base/priv.h"
#include "base/banned.h"

static const char *const names[] = {
	[-STILE_OK] = "OK",
	[-STILE_ENOMEM] = "ENOMEM",
	[-STILE_ETOOBIG] = "ETOOBIG",
	[-STILE_EINVAL] = "EINVAL",
	[-STILE_ESYNTAX] = "ESYNTAX",
	[-STILE_ERANGE] = "ERANGE",
	[-STILE_ENOTFOUND] = "ENOTFOUND",
	[-STILE_EEXIST] = "EEXIST",
	[-STILE_EIO] = "EIO",
	[-STILE_EGONE] = "EGONE",
	[-STILE_EBUSY] = "EBUSY",
	[-STILE_ECONSTRAINT] = "ECONSTRAINT",
	[-STILE_EREADONLY] = "EREADONLY",
	[-STILE_EFULL] = "EFULL",
	[-STILE_EDB] = "EDB",
	[-STILE_EFAILED] = "EFAILED",
	[-STILE_ETIME] = "ETIME",
	[-STILE_EUNIQUE] = "EUNIQUE",
	[-STILE_EFOREIGN] = "EFOREIGN",
	[-STILE_ENOTNULL] = "ENOTNULL",
	[-STILE_ECHECK] = "ECHECK",
	[-STILE_ECONFLICT] = "ECONFLICT",
	[-STILE_ESQL] = "ESQL",
	[-STILE_ENOSYS] = "ENOSYS",
};

const char *
stile_err_name(enum stile_err code)
{
	int	i = -(int)code;

	return i >= 0 && i < (int)NELEM(names) ? names[i] : "UNKNOWN";
}

enum stile_err
stile_error_set(struct stile_error *e, enum stile_err code, int status,
    const char *fmt, ...)
{
	va_list	ap;

	if (e == NULL || e->code != STILE_OK)
		return code;
	e->code = code;
	e->status = status;
	va_start(ap, fmt);
	vsnprintf(e->detail, sizeof(e->detail), fmt, ap);
	va_end(ap);
	return code;
}
