/* SPDX-License-Identifier: ISC */
/* One line an event, as key=value pairs or as a JSON object. */
#ifndef STILE_LOG_H
#define STILE_LOG_H

#include <stile/types.h>
#include <stile/value.h>

#ifdef __cplusplus
extern "C" {
#endif

enum stile_level {
	STILE_DEBUG, STILE_INFO, STILE_WARN, STILE_ERROR, STILE_QUIET
};
enum stile_log_format { STILE_LOG_TEXT, STILE_LOG_JSON };

struct stile_log;

/* Lines of at least this level to the file descriptor, which stays yours. */
STILE_API struct stile_log *stile_log_new(int fd, enum stile_level,
		    enum stile_log_format) STILE_MUSTUSE;
STILE_API void	stile_log_free(struct stile_log *);

/* Whether a line of this level would be written. */
STILE_API bool	stile_log_on(const struct stile_log *, enum stile_level);

/* Write a line; args are names and values in turn: STILE_ARGS("n", 5). */
STILE_API void	stile_log(struct stile_log *, enum stile_level,
		    const char *msg, struct stile_args);

#ifdef __cplusplus
}
#endif
#endif
