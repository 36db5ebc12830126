/* SPDX-License-Identifier: ISC */
/*
 * Mail.  A thread of its own sends it: nobody can tell from how long an answer
 * takes whether there was somebody to write to.
 */
#define _GNU_SOURCE	/* posix_spawn, pipe2 */
#include "base/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "stile/arena.h"
#include "stile/base64.h"
#include "stile/buf.h"
#include "stile/conf.h"
#include "stile/date.h"
#include "stile/log.h"
#include "stile/req.h"
#include "stile/str.h"
#include "base/clock.h"
#include "base/rand.h"
#include "base/utf8.h"
#include "guard/mail.h"
#include "http/req.h"
#include "schema/format.h"
#include "base/banned.h"

#define TEXT_MAX	(256 * 1024)
#define QUEUE_MAX	256		/* mails that wait in a process */
#define SEND_MS		30000		/* for sendmail(8) to take one */

extern char	**environ;

struct mail {
	struct mail	*next;
	char		*command;	/* one of the two */
	char		*dir;
	size_t		 len;
	char		*text;		/* whole, with its headers */
	struct stile_log *log;
};

/* ---- the message (RFC 5322) --------------------------------------------- */

static bool
is_ascii_line(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7F)
			return false;
	return true;
}

/* RFC 2047, section 2: what is not ASCII in base64, in pieces of whole
 * characters that fit a line. */
static void
put_subject(struct stile_buf *b, struct stile_str s)
{
	struct stile_str	piece;

	while (s.len > 0) {
		piece = stile__utf8_cut(s, 42);
		stile_buf_puts(b, "=?UTF-8?B?");
		stile_base64_encode(b, piece, STILE_BASE64_STD);
		stile_buf_puts(b, "?=");
		s.p += piece.len;
		s.len -= piece.len;
		if (s.len > 0)
			stile_buf_puts(b, "\n ");
	}
}

/* Lines of any length and any bytes, in lines of 76 (RFC 2045, 6.8). */
static void
put_text(struct stile_buf *b, struct stile_str s)
{
	size_t	n;

	for (; s.len > 0; s.p += n, s.len -= n) {
		n = s.len < 57 ? s.len : 57;
		stile_base64_encode(b, (struct stile_str){ s.p, n },
		    STILE_BASE64_STD);
		stile_buf_putc(b, '\n');
	}
}

static void
put_date(struct stile_buf *b)
{
	char	date[64];
	time_t	now = (time_t)(stile_now_ms() / 1000);
	struct tm	tm;

	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	stile_buf_puts(b, date);
}

static struct stile_buf *
write_message(struct stile_req *r, const struct stile_mail *m,
    const char *from)
{
	struct stile_buf	*b = stile_buf_new(r->arena, TEXT_MAX);
	unsigned char		 id[16];
	size_t			 i;

	if (b == NULL || stile__random(id, sizeof(id)) != STILE_OK)
		return NULL;
	stile_buf_printf(b, "From: %s\nTo: %s\nSubject: ", from, m->to);
	if (is_ascii_line(m->subject))
		stile_buf_puts(b, m->subject);
	else
		put_subject(b, stile_str(m->subject));
	stile_buf_puts(b, "\nDate: ");
	put_date(b);
	stile_buf_puts(b, "\nMessage-ID: <");
	for (i = 0; i < sizeof(id); i++)
		stile_buf_printf(b, "%02x", id[i]);
	stile_buf_printf(b, "@%s>\nMIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: base64\n"
	    "Auto-Submitted: auto-generated\n\n", strchr(from, '@') + 1);
	put_text(b, stile_str(m->text));
	return b;
}

/* ---- the one who sends ------------------------------------------------------ */

static pthread_mutex_t	lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t	moved = PTHREAD_COND_INITIALIZER;
static struct mail	*first, **last = &first;
static size_t		 waiting;	/* with the one that is being sent */
static pid_t		 sender;	/* the process whose thread it is */

static void
free_mail(struct mail *m)
{
	free(m->command);
	free(m->dir);
	free(m->text);
	free(m);
}

static bool
write_all(int fd, const char *p, size_t n)
{
	struct pollfd	pfd = { .fd = fd, .events = POLLOUT };
	ssize_t		k;

	while (n > 0) {
		if (poll(&pfd, 1, SEND_MS) <= 0)
			return false;
		if ((k = write(fd, p, n)) < 0 && errno != EINTR &&
		    errno != EAGAIN)
			return false;
		if (k > 0) {
			p += k;
			n -= (size_t)k;
		}
	}
	return true;
}

/* Its end, or none within the time: then it is made to end. */
static bool
wait_for(pid_t pid)
{
	int64_t	until = stile__mono_us() + SEND_MS * 1000LL;
	int	status;
	pid_t	rc;

	while ((rc = waitpid(pid, &status, WNOHANG)) == 0 &&
	    stile__mono_us() < until)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	if (rc == 0) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		return false;
	}
	return rc == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* By the shell, as the setting is a line of words; the text on its input. */
static bool
send_by_command(const struct mail *m)
{
	posix_spawn_file_actions_t	 actions;
	char				*argv[] = { (char[]){ "sh" },
					    (char[]){ "-c" }, m->command,
					    NULL };
	pid_t				 pid;
	int				 fds[2];
	bool				 ok;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return false;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[0], STDIN_FILENO);
	ok = posix_spawn(&pid, "/bin/sh", &actions, NULL, argv, environ) == 0;
	posix_spawn_file_actions_destroy(&actions);
	close(fds[0]);
	if (ok)
		fcntl(fds[1], F_SETFL, O_NONBLOCK);
	ok = ok && write_all(fds[1], m->text, m->len);
	close(fds[1]);
	return ok && wait_for(pid);
}

/* Whole under its name, or not there. */
static bool
put_into_folder(const struct mail *m)
{
	static unsigned	count;
	char		tmp[4096], name[4096];
	int		fd;
	bool		ok;

	snprintf(tmp, sizeof(tmp), "%s/.%lld.%d.%u", m->dir,
	    (long long)stile_now_ms(), (int)getpid(), ++count);
	snprintf(name, sizeof(name), "%s/%lld.%d.%u.eml", m->dir,
	    (long long)stile_now_ms(), (int)getpid(), count);
	if ((fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) <
	    0)
		return false;
	ok = write_all(fd, m->text, m->len);
	return close(fd) == 0 && ok && rename(tmp, name) == 0;
}

static void
send_one(const struct mail *m)
{
	if (m->dir != NULL ? put_into_folder(m) : send_by_command(m))
		return;
	stile_log(m->log, STILE_ERROR, "a mail could not be sent",
	    STILE_ARGS("by", m->dir != NULL ? m->dir : m->command));
}

static void *
run_sender(void *arg)
{
	struct mail	*m;

	(void)arg;
	pthread_mutex_lock(&lock);
	for (;;) {
		while (first == NULL)
			pthread_cond_wait(&moved, &lock);
		m = first;
		if ((first = m->next) == NULL)
			last = &first;
		pthread_mutex_unlock(&lock);
		send_one(m);
		free_mail(m);
		pthread_mutex_lock(&lock);
		waiting--;
		pthread_cond_broadcast(&moved);
	}
	return NULL;
}

/* A forked process has no threads of its parent. */
static bool
start_sender(void)
{
	pthread_t	thread;

	if (sender == getpid())
		return true;
	if (pthread_create(&thread, NULL, run_sender, NULL) != 0)
		return false;
	pthread_detach(thread);
	sender = getpid();
	return true;
}

void
stile__mail_drain(void)
{
	pthread_mutex_lock(&lock);
	while (sender == getpid() && waiting > 0)
		pthread_cond_wait(&moved, &lock);
	pthread_mutex_unlock(&lock);
}

/* ---- for requests ------------------------------------------------------------ */

static bool
is_line(const char *s)
{
	return stile_utf8_valid(stile_str(s)) && strpbrk(s, "\r\n") == NULL;
}

static char *
copy(const char *s)
{
	size_t	 n = strlen(s) + 1;
	char	*p;

	return *s != '\0' && (p = stile__malloc(n)) != NULL ? memcpy(p, s, n) :
	    NULL;
}

static struct mail *
make(struct stile_req *r, const struct stile_buf *b)
{
	struct stile_str	 s = stile_buf_view(b);
	struct mail		*m;

	if (stile_buf_err(b) != STILE_OK ||
	    (m = stile__malloc(sizeof(*m))) == NULL)
		return NULL;
	*m = (struct mail){ .len = s.len, .log = r->log };
	m->dir = copy(stile_conf(r, "mail_dir"));
	m->command = copy(stile_conf(r, "mail_command"));
	if ((m->text = stile__malloc(s.len + 1)) == NULL ||
	    (m->dir == NULL && m->command == NULL)) {
		free_mail(m);
		return NULL;
	}
	memcpy(m->text, s.p, s.len);
	return m;
}

int
stile_mail_send(struct stile_req *r, const struct stile_mail *mail)
{
	const char		*from = stile_conf(r, "mail_from");
	struct stile_buf	*b;
	struct mail		*m;

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (!stile__is_email(stile_str(from)))
		return stile_fail(r, 500, "the setting mail_from is not an "
		    "address");
	if (*stile_conf(r, "mail_dir") == '\0' &&
	    *stile_conf(r, "mail_command") == '\0')
		return stile_fail(r, 500, "neither mail_command nor mail_dir "
		    "is set");
	if (!stile__is_email(stile_str(mail->to)) || !is_line(mail->subject))
		return stile_fail(r, 500, "a mail's address or subject is not "
		    "one");
	if ((b = write_message(r, mail, from)) == NULL ||
	    (m = make(r, b)) == NULL)
		return stile__fail_nomem(r);
	m->next = r->mail;
	r->mail = m;
	return STILE_OK;
}

void
stile__mail_release(struct stile_req *r, bool send)
{
	struct mail	*m, *next;
	bool		 taken;

	for (m = r->mail; m != NULL; m = next) {
		next = m->next;
		m->next = NULL;
		pthread_mutex_lock(&lock);
		taken = send && waiting < QUEUE_MAX && start_sender();
		if (taken) {
			*last = m;
			last = &m->next;
			waiting++;
			pthread_cond_broadcast(&moved);
		}
		pthread_mutex_unlock(&lock);
		if (taken)
			continue;
		if (send)
			stile_req_log(r, STILE_ERROR, "a mail is lost: too "
			    "many are waiting", STILE_NOARGS);
		free_mail(m);
	}
	r->mail = NULL;
}
