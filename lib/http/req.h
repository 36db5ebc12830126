/* SPDX-License-Identifier: ISC */
/* The request as the library sees it; applications have accessors only. */
#ifndef HTTP_REQ_H
#define HTTP_REQ_H

#include <stdatomic.h>

#include "stile/limits.h"
#include "stile/req.h"
#include "stile/res.h"
#include "stile/stream.h"
#include "stile/sys/io.h"
#include "schema/schema.h"

/* Ceilings for what a peer can make us hold. */
struct req_limits {
	size_t		 url;		/* bytes of REQUEST_URI */
	size_t		 headers;	/* number */
	size_t		 header_bytes;	/* names and values together */
	unsigned	 json_depth;
	struct stile_limits max;	/* where the route has none */
	const char	*upload_dir;
};

/* Who sends files: ourselves, or the web server by a name that it has. */
enum files_how { FILES_SELF, FILES_ACCEL, FILES_XSENDFILE };

struct req_files {
	enum files_how	 how;
	const char	*map;		/* "FOLDER=/NAME", for FILES_ACCEL */
};

/* What a request is at: its time limits count apart. */
enum req_phase { REQ_IDLE, REQ_READING, REQ_HANDLING, REQ_WRITING };

/*
 * The time of one request after the other, shared with whoever watches over
 * it: the watcher puts the deadline off while the peer is waited for, and
 * says which turn is late once it has passed: the next one may have begun.
 */
struct req_clock {
	int64_t			 limit_us;	/* for a handler */
	atomic_int_fast64_t	 deadline;	/* on the monotonic clock */
	atomic_int		 phase;		/* enum req_phase */
	atomic_uint		 turn;		/* counts the requests */
	atomic_uint		 late;		/* the turn that is, or was */
};

/* A CGI variable: views into what the gate owns, value NUL-terminated. */
struct req_var {
	struct stile_str	name;
	const char		*value;
};

/* The CGI variables that the library itself reads. */
enum req_known {
	V_CONTENT_LENGTH, V_CONTENT_TYPE, V_DOCUMENT_URI, V_HTTPS, V_PATH_INFO,
	V_QUERY_STRING, V_REDIRECT_URI, V_REMOTE_ADDR, V_REQUEST_ID,
	V_REQUEST_METHOD, V_REQUEST_SCHEME, V_REQUEST_URI, V_SCRIPT_NAME,
	V_SERVER_NAME, V__MAX
};

struct req_param {
	struct stile_str	 name;
	struct stile_value	 value;
	const char		*text;	/* the decoded segment */
};

struct req_slot {
	struct req_slot	*next;
	const void	*key;
	void		*value;
};

struct req_failure {
	int			 status;	/* 0: has not failed */
	const char		*detail;	/* in place of the cause's */
	struct stile_error	 cause;
	size_t			 nmembers;
	struct stile_value	 members[8];	/* names and values in turn */
	struct stile_table	*headers;	/* NULL: none */
	const struct stile_violation *wrong;	/* the field it is of, or NULL */
};

enum body_kind { BODY_MEMORY, BODY_FILE, BODY_STREAM };

/* Of several ranges: some lines, then a part of the body. */
struct req_piece {
	struct stile_str	head;
	int64_t			offset, length;
};

struct req_body {
	enum body_kind		 kind;
	struct stile_str	 mem;
	int			 fd;
	int64_t			 offset, length;	/* of MEMORY and FILE */
	const struct req_piece	*pieces;	/* in place of offset */
	size_t			 npieces;
	stile_stream_fn		 fn;	/* NULL: the handler writes itself */
	void			*arg;
};

struct req_response {
	int			 status;	/* 0: not answered */
	const char		*type;
	struct stile_table	*headers;	/* NULL: none so far */
	struct req_body		 body;
	size_t			 sent;		/* bytes of the body */
	bool			 head_sent;
	bool			 cut;		/* it ended before its end */
	bool			 gone;		/* for nobody was there */
};

struct stile_req {
	struct stile_arena	*arena;
	struct stile_log	*log;
	const struct req_limits	*limits;
	const struct req_files	*files;
	const struct req_trust	*trust;		/* NULL: any host, no proxy */
	const struct stile_io	*io;
	void			*io_arg;
	const char		*mounted_at;	/* configured prefix, or NULL */
	struct req_clock	*clock;		/* NULL: no limit */
	struct stile_limits	 max;		/* of the route, or usual */

	struct req_var		*vars;
	size_t			 nvars;
	const char		*known[V__MAX];	/* NULL where absent */
	const char		*id;
	const char		*scheme, *peer;
	const char		*host;		/* NULL: none was sent */

	/* The path below the prefix, whole and in decoded segments. */
	const char		*path;
	const char		*prefix;
	struct stile_str	*segs;
	size_t			 nsegs;
	bool			 slash;		/* it ends in one */

	/* What the router found. */
	const struct req_param	*params;
	size_t			 nparams;

	struct stile_table	*header_table;
	struct stile_table	*query;
	struct stile_table	*form;
	struct stile_table	*cookies;
	struct json_object	*json;
	bool			 json_read;
	struct stile_str	 body;
	int64_t			 body_length;	/* as declared, or -1 */
	size_t			 body_seen;	/* bytes read so far */
	bool			 body_begun;	/* by stile_read() */
	bool			 body_whole;	/* by stile_body() */
	struct upload_list	*uploads;	/* NULL: not read yet */

	struct req_input	*input;		/* NULL: nothing is declared */
	bool			(*may)(struct stile_req *, const char *);
	bool			(*may_see)(struct stile_req *, const char *);

	struct req_failure	 failure;
	struct req_failure	 shown;		/* while it is answered */
	struct req_response	 res;
	struct stile_buf	*scratch;	/* for events */
	void			(*before_send)(struct stile_req *);
	struct req_slot		*slots;
	const struct stile_role	*roles;		/* of the application */
	int64_t			(*identify)(struct stile_req *);
	struct mail		*mail;		/* to be sent */
	struct identity		*identity;	/* NULL: not asked for */
	struct audit		*audit;		/* once it is committed */
	struct session		*session;	/* NULL: not asked for */
	const char		*nonce;		/* NULL: not asked for */

	/* What upper layers hang on it. */
	struct stile_db_pool	*db;
	struct throttle_table	*throttle;	/* NULL: none is shared */
	struct jwt		*jwt;		/* NULL: no provider's tokens */
	const struct stile_site	*site;
	const struct route	*route;
	struct run		*run;
};

/*
 * Fill *r, zeroed but for arena, log, limits, io, io_arg, mounted_at and id,
 * from "NAME=value" strings that outlive it.  What is wrong is r's failure.
 */
void	 stile__req_init(struct stile_req *r, char *const *vars);
void	 stile__req_path(struct stile_req *r);

/* What a route says in place of r->max. */
void	 stile__req_limit(struct stile_req *r, const struct stile_limits *);

/* The prefix, and the path with it, percent-encoded as in a URL, or NULL. */
struct stile_buf;
void	 stile__put_prefix(const struct stile_req *r, struct stile_buf *);
const char *stile__req_encoded_path(struct stile_req *r);

/* A stream that goes on has its whole time again; late is the turn at hand. */
void	 stile__clock_renew(struct stile_req *r);
bool	 stile__clock_late(const struct req_clock *);
void	 stile__clock_in_time(struct req_clock *);

/* Whether Accept likes HTML better than JSON. */
bool	 stile__req_wants_html(struct stile_req *r);

/*
 * Take the failure to show it: the request counts as not failed, so that an
 * answer can be made, which has the failure's headers so far and nothing else.
 */
void	 stile__show_failure(struct stile_req *r);

/* A multipart body's fields into r->form, its files into r->uploads. */
void	 stile__upload_read(struct stile_req *r);
bool	 stile__check_multipart(struct stile_req *r);

/* Whether the body says that it is a form. */
bool	 stile__is_form_body(const struct stile_req *r);

/* What is wrong where, as a problem lists it; NULL without memory. */
const char *stile__errors_json(struct stile_req *,
	    const struct stile_violation *, size_t n);

/* Add the field that it is about to a failure, as stile_fail_field(). */
int	 stile__fail_field(struct stile_req *, const char *name,
	    const char *code, const char *detail);

/* Hold the request against what the route declares; fails it with 422. */
struct stile_route;
void	 stile__input_check(struct stile_req *r, const struct stile_route *);

/* Who asks, for what is written by a schema. */
struct viewer stile__viewer(struct stile_req *r);

/* RFC 9110, section 9.2.1: what is safe to ask for changes nothing. */
bool	 stile__is_safe(const char *method);

/* Compressed, a body is not what it would be taken for: 415. */
bool	 stile__check_coding(struct stile_req *r);

/* Whether text of this charset can be read as UTF-8. */
bool	 stile__is_utf8(struct stile_str charset);

/* Make that answer: a problem, or a page. */
void	 stile__problem(struct stile_req *r);

/* Every sender ends here. */
int	 stile__answer(struct stile_req *r, int status, const char *type,
	    const struct req_body *body);

/*
 * What the request's conditions make of an answer to a GET: 304, a failure
 * with 412 or 416, 206, or nothing.
 */
void	 stile__res_conditions(struct stile_req *r);
void	 stile__res_ranges(struct stile_req *r, const char *field);

/* 500 for an answer that a web server would take for another one. */
void	 stile__res_check(struct stile_req *r);

/* Whether the answer has a body to send at all, to HEAD or with 204. */
bool	 stile__res_has_body(const struct stile_req *r);

/* Write the answer, or its head alone.  Failing then cuts the answer. */
void	 stile__res_write(struct stile_req *r);
void	 stile__res_write_head(struct stile_req *r);
int	 stile__res_cut(struct stile_req *r, enum stile_err);

/* Put a header into a table, made at the first; the request fails if not. */
int	 stile__put_header(struct stile_req *r, struct stile_table **t,
	    const char *name, const char *value, bool replace);

/* 400 and so on, for an error that names no status itself. */
int	 stile__err_status(enum stile_err code);

/* What the client may know of a failure; "" for nothing. */
const char *stile__public_detail(const struct req_failure *);

/* For lack of memory: the failure that needs none. */
int	 stile__fail_nomem(struct stile_req *r);

/* For what is not there, and what must look as if it were not: the same. */
int	 stile__fail_not_found(struct stile_req *r);
#endif
