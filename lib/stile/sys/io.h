/* SPDX-License-Identifier: ISC */
/*
 * Extension point: where a request comes from and its answer goes to.  CGI,
 * FastCGI and the in-memory client are three of these; nothing above knows
 * which.  May change in a minor release.
 */
#ifndef STILE_SYS_IO_H
#define STILE_SYS_IO_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_io {
	const char	*name;		/* "cgi", "fastcgi", "memory" */
	/* The body ends by itself even where no length was said. */
	bool		 body_ends;
	/* SCRIPT_NAME is the program, even without a PATH_INFO. */
	bool		 script_is_prefix;
	/* The answer is a permission, and what it is for another's to send. */
	bool		 authorizes;
	/* Bytes of the body: above 0, 0 at its end, or an enum stile_err,
	 * of which STILE_ETIME is answered with 408. */
	long		(*read)(void *arg, void *p, size_t n);
	/* Before the answer: no more of it will be read.  NULL: no matter. */
	void		(*body_done)(void *arg);
	/* All n bytes of the answer; they may wait for a flush. */
	enum stile_err	(*write)(void *arg, const void *p, size_t n);
	enum stile_err	(*flush)(void *arg);	/* NULL: never wait */
	/* Whether the peer is known to be gone; NULL: never known. */
	bool		(*gone)(void *arg);
};

#ifdef __cplusplus
}
#endif
#endif
