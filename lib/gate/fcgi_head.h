/* SPDX-License-Identifier: ISC */
/*
 * What has arrived on a FastCGI connection: whether it is a request whose
 * parameters are all there, and well formed.
 */
#ifndef GATE_FCGI_HEAD_H
#define GATE_FCGI_HEAD_H

#include <fastcgi.h>

#include "stile/types.h"

/* A variable of ours, for GET_VALUES: what "status" prints. */
#define FCGI_STATUS	"STILE_STATUS"

enum fcgi_state {
	FCGI_PART,		/* more has to arrive first */
	FCGI_REQUEST,		/* all parameters are there */
	FCGI_MANAGEMENT,	/* a whole record of no request */
	FCGI_STRAY,		/* one of a request that is over */
	FCGI_BAD		/* nothing that could be answered */
};

struct fcgi_head {
	size_t		 len;		/* bytes of it, to the end of a record */
	unsigned	 type;		/* of its first record */
	unsigned	 id, role;
	bool		 keep;		/* FCGI_KEEP_CONN */
	size_t		 npairs;	/* parameters */
	struct stile_str content;	/* of a record of no request */
};

enum fcgi_state	 fcgi_head_parse(const unsigned char *p, size_t n,
		    struct fcgi_head *ret);

/*
 * The parameters of a request that has been parsed, as "NAME=value" strings
 * with FCGI_ROLE and a NULL at the end.  They take the place of its bytes;
 * NULL: no memory.
 */
struct stile_arena;
char		**fcgi_vars(struct stile_arena *, unsigned char *p,
		    const struct fcgi_head *);

struct fcgi_record {
	unsigned		 type, id;
	const unsigned char	*content;
	size_t			 len;
	size_t			 whole;		/* with header and padding */
};

/* By its header alone: FCGI_REQUEST for any kind of record. */
enum fcgi_state	 fcgi_record_parse(const unsigned char *p, size_t n,
		    struct fcgi_record *ret);

/*
 * Names and values as PARAMS and GET_VALUES have them, section 3.4.  Takes the
 * next pair off *s; false at the end, and with *bad set where it is malformed.
 */
bool	 fcgi_pair(struct stile_str *s, struct stile_str *name,
	    struct stile_str *value, bool *bad);

/* The header of a record, section 3.3. */
void	 fcgi_header(unsigned char out[FCGI_HEADER_LEN], unsigned type,
	    unsigned id, size_t len);
#endif
