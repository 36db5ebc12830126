/* SPDX-License-Identifier: ISC */
/*
 * A line that nobody should see on the screen.  Whichever way it ends, by a
 * signal too, the terminal echoes again.
 */
#include "base/priv.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "gate/secret.h"
#include "base/banned.h"

static const int	signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };

static volatile sig_atomic_t	caught;

static void
catch(int sig)
{
	caught = sig;
}

bool
secret_typed(void)
{
	return isatty(STDIN_FILENO) != 0;
}

/* Signals are let in by mask while we wait, and so in between never lost. */
static ssize_t
read_byte(char *c, const sigset_t *mask)
{
	struct pollfd	in = { .fd = STDIN_FILENO, .events = POLLIN };

	if (mask != NULL && ppoll(&in, 1, NULL, mask) < 0)
		return -1;
	return read(STDIN_FILENO, c, 1);
}

/* Byte by byte: what follows is not ours. */
static enum stile_err
read_line(char *p, size_t size, const sigset_t *mask, struct stile_error *e)
{
	size_t	n = 0;
	ssize_t	got;
	char	c;

	while ((got = read_byte(&c, mask)) == 1 && c != '\n') {
		if (c == '\0')
			return stile_error_set(e, STILE_EINVAL, 422,
			    "a password has no NUL");
		if (n + 1 == size)
			return stile_error_set(e, STILE_ETOOBIG, 422,
			    "a password has %zu bytes at most", size - 1);
		p[n++] = c;
	}
	p[n] = '\0';
	if (got < 0)
		return stile_error_set(e, STILE_EIO, 0, "standard input: %s",
		    strerror(errno));
	if (n == 0)
		return stile_error_set(e, STILE_EINVAL, 422,
		    "a password is expected on standard input");
	return STILE_OK;
}

static void
prompt_for(const char *prompt)
{
	fputs(prompt, stderr);
	fflush(stderr);
}

enum stile_err
secret_read(const char *prompt, char *p, size_t size, struct stile_error *e)
{
	const struct sigaction	ours = { .sa_handler = catch };
	struct sigaction	old[NELEM(signals)];
	struct termios		before, quiet;
	sigset_t		blocked, mask;
	enum stile_err		rc;
	size_t			i;

	if (!secret_typed() || tcgetattr(STDIN_FILENO, &before) != 0)
		return read_line(p, size, NULL, e);
	caught = 0;
	sigemptyset(&blocked);
	for (i = 0; i < NELEM(signals); i++)
		sigaddset(&blocked, signals[i]);
	sigprocmask(SIG_BLOCK, &blocked, &mask);
	for (i = 0; i < NELEM(signals); i++)
		sigaction(signals[i], &ours, &old[i]);
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ICANON | ECHONL;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	prompt_for(prompt);
	rc = read_line(p, size, &mask, e);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	for (i = 0; i < NELEM(signals); i++)
		sigaction(signals[i], &old[i], NULL);
	/* What came after the line ends us here, as it would have. */
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (caught != 0) {
		fputc('\n', stderr);
		raise(caught);
	}
	return rc;
}
