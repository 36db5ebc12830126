/* SPDX-License-Identifier: ISC */
/* A locale in which 1.5 is written 1,5; made for the moment by localedef(1). */
#ifndef UNIT_COMMA_H
#define UNIT_COMMA_H

#include "app.h"

#include <locale.h>

/* From here on the test has it; without STILE_TEST_STRICT it may be missing. */
static inline void
use_decimal_comma(void)
{
	const char	*strict = getenv("STILE_TEST_STRICT");
	struct tmp	 t;
	char		 command[200];
	bool		 found;

	tmp_make(&t);
	snprintf(command, sizeof(command), "localedef -i de_DE -f UTF-8 "
	    "%s/de_DE.UTF-8 >&2", t.dir);
	/* Its exit status tells of warnings, too: what counts is the locale. */
	if (system(command) == -1)
		cr_assert(false, "%s: %s", command, strerror(errno));
	setenv("LOCPATH", t.dir, 1);
	found = setlocale(LC_ALL, "de_DE.UTF-8") != NULL;
	unsetenv("LOCPATH");	/* newlocale(3) leaks what it makes of it */
	tmp_remove(&t);
	if (!found && (strict == NULL || *strict == '\0'))
		cr_skip_test("localedef made no de_DE.UTF-8");
	cr_assert(found, "%s", command);
	cr_assert_str_eq(localeconv()->decimal_point, ",");
}
#endif
