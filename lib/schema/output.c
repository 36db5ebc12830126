/* SPDX-License-Identifier: ISC */
/*
 * An answer against its schema, for tests of applications.  A document that
 * others generate clients from promises no more than this: what only input may
 * have must not be there, and no name that is not declared.
 */
#include "base/priv.h"

#include "schema/schema.h"
#include "base/banned.h"

enum stile_err
stile__validate_output(struct stile_arena *a, const struct stile_schema *s,
    const struct viewer *viewer, struct json_object *j,
    struct stile_violations *wrong)
{
	struct stile_validation	v = { .arena = a, .in = STILE_IN_BODY,
				    .side = SIDE_OUTPUT,
				    .may = viewer != NULL ? viewer->may : NULL,
				    .may_arg = viewer != NULL ? viewer->arg :
				    NULL };
	struct stile_value	value;
	bool			ok;

	ok = stile__check_json(&v, s, j, STILE_VALIDATE_WHOLE, NULL, &value);
	*wrong = (struct stile_violations){ v.nwrong, v.wrong };
	if (v.nomem)
		return STILE_ENOMEM;
	return ok && v.nwrong == 0 ? STILE_OK : STILE_ERANGE;
}
