/* SPDX-License-Identifier: ISC */
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include <sys/socket.h>

#include "app/site.h"

/* sysexits(3), the ones that programs made with the library use */
#define EXIT_USAGE	64
#define EXIT_DATA	65
#define EXIT_SOFTWARE	70
#define EXIT_IO		74
#define EXIT_CONFIG	78

/* One request from the environment, answered on standard output. */
int	 cgi_serve(const struct stile_site *);

#define LISTEN_MAX	16

struct listeners {
	int	fd[LISTEN_MAX];
	size_t	n;
};

/* Listening sockets: made for the setting, or inherited. */
enum stile_err	 listen_open(const struct conf *, struct listeners *ret,
		    struct stile_error *);
enum stile_err	 listen_check(const struct conf *, const struct listeners *,
		    struct stile_error *);
bool		 listen_inherited(struct listeners *ret);
bool		 listen_allows(const struct conf *, const struct sockaddr *);

/* Close them, and remove the paths that the setting names. */
void		 listen_close(const struct conf *, struct listeners *);

/*
 * Serve until SIGTERM or SIGINT, through workers that are replaced as needed;
 * an exit status.  argv is what SIGHUP executes again.
 */
struct handover;
int	 supervise(struct stile_site *, struct listeners *, char **argv,
	    const struct handover *);

/* A client on a site that stays the caller's; its database is left alone. */
struct stile_client *client_on(const struct stile_site *, struct stile_error *);
const struct stile_site *client_site(const struct stile_client *);

/* Give back all answers and headers, for one that runs very many requests. */
enum stile_err	client_forget(struct stile_client *);

/* Call fn with each answer, also of those that others ask for. */
struct stile_answer;
void		client_watch(struct stile_client *, void (*fn)(void *arg,
		    const struct stile_answer *), void *arg);
#endif
