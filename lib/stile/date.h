/* SPDX-License-Identifier: ISC */
/* Dates and times as HTTP and RFC 3339 write them; all of it in UTC. */
#ifndef STILE_DATE_H
#define STILE_DATE_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define STILE_HTTP_DATE_SIZE	30	/* "Sun, 06 Nov 1994 08:49:37 GMT" */
#define STILE_TIMESTAMP_SIZE	25	/* "1994-11-06T08:49:37.000Z" */
#define STILE_DAY_SIZE		11	/* "1994-11-06" */

/* Seconds since 1970 as HTTP has them in Date, Last-Modified and Expires. */
STILE_API void	stile_http_date(int64_t sec, char out[STILE_HTTP_DATE_SIZE]);

/* Any of the three forms; now_sec places a year of two digits. */
STILE_API enum stile_err stile_http_date_parse(struct stile_str,
		    int64_t now_sec, int64_t *ret) STILE_MUSTUSE;

/* Milliseconds since 1970: now, by the system's clock; to and from RFC 3339. */
STILE_API int64_t stile_now_ms(void);
STILE_API void	stile_timestamp(int64_t ms, char out[STILE_TIMESTAMP_SIZE]);
STILE_API enum stile_err stile_timestamp_parse(struct stile_str,
		    int64_t *ret_ms) STILE_MUSTUSE;

/* Days since 1970, to and from "YYYY-MM-DD". */
STILE_API void	stile_day(int64_t days, char out[STILE_DAY_SIZE]);
STILE_API enum stile_err stile_day_parse(struct stile_str,
		    int64_t *ret_days) STILE_MUSTUSE;

#ifdef __cplusplus
}
#endif
#endif
