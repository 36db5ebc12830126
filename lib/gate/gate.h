/* SPDX-License-Identifier: ISC */
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include <signal.h>

#include "app/site.h"

/* sysexits(3), the ones that programs made with the library use */
#define EXIT_USAGE	64
#define EXIT_DATA	65
#define EXIT_SOFTWARE	70
#define EXIT_IO		74
#define EXIT_CONFIG	78

/* One request from the environment, answered on standard output. */
int	 cgi_serve(const struct stile_site *);

/* libfcgi, once, before any thread. */
enum stile_err	 fcgi_init(void);

/*
 * Read one request from a connected socket, answer it, and leave the socket
 * at the start of the next one.  False: the socket is closed.
 */
bool	 fcgi_serve(struct worker *, int fd);

/* A listening socket: made for a "unix:" or "tcp:" address, or inherited. */
enum stile_err	 listen_open(const struct conf *, int *ret,
		    struct stile_error *);
enum stile_err	 listen_check(int fd, struct stile_error *);
bool	 listen_inherited(int *ret);
bool	 listen_allows(const struct conf *, int fd);
void	 listen_close(const struct conf *, int fd);

/* Before there is a socket that has to be removed; serve() waits for them. */
void	 serve_block_signals(sigset_t *);

/*
 * Serve until SIGTERM or SIGINT; an exit status.  With *running, threads could
 * not be stopped in time and go on with the site: the process has to end.
 */
int	 serve(const struct stile_site *, int listen_fd, bool *running);

/* A client on a site that stays the caller's; its database is left alone. */
struct stile_client *client_on(const struct stile_site *, struct stile_error *);
#endif
