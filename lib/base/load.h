/* SPDX-License-Identifier: ISC */
#ifndef BASE_LOAD_H
#define BASE_LOAD_H

#include <stdatomic.h>

#include "stile/types.h"

/*
 * A shared library that is opened with its first use, so that programs that do
 * not need it pay nothing.  It stays open.
 */
struct stile__symbol {
	const char	*name;
	void		*to;		/* the address of a function pointer */
};

struct stile__library {
	const char			*file;		/* "libcrack.so.2" */
	const char			*what;		/* for messages, or NULL */
	const struct stile__symbol	*symbols;	/* ends with { 0 } */
	atomic_bool			 loaded;
};

enum stile_err	stile__load(struct stile__library *, struct stile_error *);

/*
 * What a module of our own exports, a struct that begins with its version.  It
 * is looked for in the folder that STILE_MODULES names, else where it was
 * installed, and stays open.
 */
enum stile_err	stile__load_module(const char *name, const char *symbol,
		    unsigned version, const void **ret, struct stile_error *);
#endif
