/* SPDX-License-Identifier: ISC */
/* CGI: the environment is the request, RFC 3875. */
#include "base/priv.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "stile/num.h"
#include "stile/str.h"
#include "gate/gate.h"
#include "base/banned.h"

#define SKIP_MAX	(8 * 1024 * 1024)	/* then the server is let down */

extern char **environ;

/* arg: the bytes of the body that are still to come. */
static long
cgi_read(void *arg, void *p, size_t n)
{
	int64_t	*left = arg;
	ssize_t	 k;

	do
		k = read(STDIN_FILENO, p, n);
	while (k < 0 && errno == EINTR);
	if (k > 0)
		*left -= k;
	return k < 0 ? STILE_EIO : k;
}

/* Apache and fcgiwrap give an error in place of the answer else. */
static void
cgi_skip(void *arg)
{
	int64_t	*left = arg, end;
	char	 waste[8192];

	end = *left > SKIP_MAX ? *left - SKIP_MAX : 0;
	while (*left > end && cgi_read(left, waste, *left < (int64_t)
	    sizeof(waste) ? (size_t)*left : sizeof(waste)) > 0)
		;
}

/* RFC 3875, 4.2: no more than was said; in chunks, the end says it. */
static int64_t
body_length(void)
{
	const char	*s = getenv("CONTENT_LENGTH");
	int64_t		 n;

	if (s != NULL && stile_num_int(stile_str(s), 0, INT64_MAX,
	    &n) == STILE_OK)
		return n;
	return getenv("HTTP_TRANSFER_ENCODING") != NULL ? INT64_MAX : 0;
}

static enum stile_err
cgi_write(void *arg, const void *p, size_t n)
{
	const char	*s = p;
	ssize_t		 k;

	(void)arg;
	while (n > 0) {
		if ((k = write(STDOUT_FILENO, s, n)) < 0) {
			if (errno == EINTR)
				continue;
			return errno == EPIPE ? STILE_EGONE : STILE_EIO;
		}
		s += k;
		n -= (size_t)k;
	}
	return STILE_OK;
}

static const struct stile_io cgi_io = {
	.name = "cgi",
	.script_is_prefix = true,
	.read = cgi_read,
	.body_done = cgi_skip,
	.write = cgi_write,
};

/* Nobody watches over a single request but the clock. */
static struct req_clock	*timed;

static void
time_is_up(int sig)
{
	(void)sig;
	timed->late = timed->turn;
}

static void
set_alarm(struct runner *w)
{
	struct sigaction	sa = { .sa_handler = time_is_up };

	timed = &w->clock;
	sigaction(SIGALRM, &sa, NULL);
	alarm((unsigned)(w->clock.limit_us / 1000000));
}

int
cgi_serve(const struct stile_site *site)
{
	int64_t		left = body_length();
	struct runner	w;
	bool		whole;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* an error of write(2) will do */
	/* It comes from a Proxy header; HTTP clients take it for a setting. */
	unsetenv("HTTP_PROXY");
	if (runner_init(&w, site) != STILE_OK)
		return EXIT_SOFTWARE;
	set_alarm(&w);
	whole = runner_run(&w, environ, &cgi_io, &left);
	cgi_skip(&left);
	alarm(0);
	runner_release(&w);
	return whole ? 0 : EXIT_IO;
}
