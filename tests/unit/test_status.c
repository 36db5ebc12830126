/* SPDX-License-Identifier: ISC */
/* lib/http/status.c: phrases. */
#include "unit.h"

Test(status, phrases)
{
	EXPECT_STR(stile_status_phrase(200), "OK", "200");
	EXPECT_STR(stile_status_phrase(404), "Not Found", "404");
	EXPECT_STR(stile_status_phrase(511), "Network Authentication Required",
	    "511");
	EXPECT_STR(stile_status_phrase(299), "Unknown", "299");
}
