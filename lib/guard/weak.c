/* SPDX-License-Identifier: ISC */
/*
 * Passwords that are guessed first: too short, like the name of whom they are
 * for, or common words, which libcrack2 knows.  There are no rules of what has
 * to be in one: they make passwords that look alike (NIST SP 800-63B, section
 * 3.1.1.2).
 */
#include "base/priv.h"

#include <pthread.h>
#include <unistd.h>

#include "stile/password.h"
#include "stile/str.h"
#include "base/load.h"
#include "base/banned.h"

#define PERSONAL_MIN	4	/* bytes: what is shorter is in anything */

/* Declared here: its header gives FascistCheck() alone. */
static const char	*(*check_user)(const char *password, const char *dict,
			    const char *user, const char *gecos);
static const char	*(*default_dict)(void);

static struct stile__library	cracklib = {
	.file = "libcrack.so.2",
	.symbols = (const struct stile__symbol[]){
		{ "FascistCheckUser", &check_user },
		{ "GetDefaultCracklibDict", &default_dict }, { 0 }
	},
};

/* It keeps its answers in places that all threads share. */
static pthread_mutex_t	lock = PTHREAD_MUTEX_INITIALIZER;

static bool
contains(struct stile_str s, struct stile_str part)
{
	size_t	i;

	for (i = 0; part.len > 0 && i + part.len <= s.len; i++)
		if (stile_str_caseeq((struct stile_str){ s.p + i, part.len },
		    part))
			return true;
	return false;
}

/* Most of it is the name, or it is a piece of the name. */
static bool
is_like(struct stile_str password, struct stile_str name)
{
	if (name.len < PERSONAL_MIN)
		return false;
	return (contains(password, name) && 2 * name.len > password.len) ||
	    contains(name, password);
}

/* An address is like its first part, too. */
static bool
is_personal(struct stile_str password, const char *const *personal)
{
	struct stile_str	whole, first, rest;

	for (; personal != NULL && *personal != NULL; personal++) {
		whole = rest = stile_str(*personal);
		stile_str_cut(&rest, '@', &first);
		if (is_like(password, whole) || is_like(password, first))
			return true;
	}
	return false;
}

/* A dictionary that is not there ends the process in libcrack2's hands. */
static bool
has_dictionary(const char *path)
{
	char	file[4096];
	int	n;

	n = snprintf(file, sizeof(file), "%s.pwd", path);
	return n > 0 && (size_t)n < sizeof(file) && access(file, R_OK) == 0;
}

/*
 * Without a user's name libcrack2 asks the system for who runs this process,
 * and refuses all passwords if it does not know him.
 */
static bool
is_in_dictionary(const char *password)
{
	static const char	nobody[] = "\001\002\003\004\005\006\007\010";

	return check_user(password, default_dict(), nobody, "") != NULL;
}

/* "P@ssw0rd" is "Password", which libcrack2 does not see. */
static void
undo_signs(char *s)
{
	static const char	signs[] = "@4830!1$57";
	static const char	letters[] = "aabeoiisst";
	const char		*p;

	for (; *s != '\0'; s++)
		if ((p = strchr(signs, *s)) != NULL)
			*s = letters[p - signs];
}

/* The password is changed. */
static bool
is_common(char *password, struct stile_error *e)
{
	bool	common = false;

	if (stile__load(&cracklib, e) != STILE_OK)
		return false;
	pthread_mutex_lock(&lock);
	if (has_dictionary(default_dict())) {
		common = is_in_dictionary(password);
		undo_signs(password);
		common = common || is_in_dictionary(password);
	} else
		stile_error_set(e, STILE_ENOSYS, 500,
		    "libcrack2 has no dictionary %s", default_dict());
	pthread_mutex_unlock(&lock);
	return common;
}

const char *
stile_password_weak(struct stile_str password, const char *const *personal,
    struct stile_error *e)
{
	char	copy[STILE_PASSWORD_MAX + 1];
	bool	common;

	if (password.len > STILE_PASSWORD_MAX)
		return "this is too long: 1024 bytes are the most";
	if (password.p == NULL ||
	    memchr(password.p, '\0', password.len) != NULL ||
	    !stile_utf8_valid(password))
		return "text in UTF-8 is expected";
	if (stile_utf8_length(password) < STILE_PASSWORD_MIN)
		return "this is too short: 8 characters are the least";
	if (is_personal(password, personal))
		return "this is too much like the name or the address";
	memcpy(copy, password.p, password.len);
	copy[password.len] = '\0';
	common = is_common(copy, e);
	explicit_bzero(copy, sizeof(copy));
	return common ? "this is a common password, or close to one" : NULL;
}
