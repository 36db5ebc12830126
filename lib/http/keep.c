/* SPDX-License-Identifier: ISC */
/*
 * What becomes of an uploaded file: read, hashed, or given a name.  A name is
 * given by a link where the file system allows it, else by a copy; either way
 * the file is whole and on disk before anyone can see it.
 */
#include "base/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stile/arena.h"
#include "stile/upload.h"
#include "base/rand.h"
#include "http/upload.h"
#include "base/banned.h"

#define CHUNK	(64 * 1024)
#define MODE	0640

long
stile_upload_read(struct stile_req *r, struct stile_upload *u, int64_t offset,
    void *p, size_t n)
{
	ssize_t	k;

	do
		k = pread(u->fd, p, n, (off_t)offset);
	while (k < 0 && errno == EINTR);
	if (k < 0)
		return stile_fail(r, 500, "upload: %s", strerror(errno));
	return k;
}

struct stile_str
stile_upload_bytes(struct stile_req *r, struct stile_upload *u, size_t max)
{
	struct stile_str	 none = { NULL, 0 };
	size_t			 at = 0, size;
	long			 n = 1;
	char			*p;

	if (u == NULL || stile_failed(r) != STILE_OK)
		return none;
	if ((uint64_t)u->size > max) {
		stile_fail(r, 413, "%s: a file of at most %zu bytes is "
		    "accepted", u->field, max);
		return none;
	}
	size = (size_t)u->size;
	if ((p = stile_arena_alloc(r->arena, size + 1, 1)) == NULL) {
		stile__fail_nomem(r);
		return none;
	}
	for (; at < size && n > 0; at += (size_t)n)
		n = stile_upload_read(r, u, (int64_t)at, p + at, size - at);
	if (n == 0)
		stile_fail(r, 500, "upload: it has become shorter");
	return n > 0 ? (struct stile_str){ p, size } : none;
}

const char *
stile_upload_sha256(struct stile_req *r, struct stile_upload *u)
{
	crypto_hash_sha256_state	 state;
	unsigned char			 sum[crypto_hash_sha256_BYTES];
	char				*hex, *chunk;
	int64_t				 at = 0;
	long				 n = 0;

	hex = stile_arena_alloc(r->arena, 2 * sizeof(sum) + 1, 1);
	chunk = stile_arena_alloc(r->arena, CHUNK, 1);
	if (hex == NULL || chunk == NULL) {
		stile__fail_nomem(r);
		return "";
	}
	crypto_hash_sha256_init(&state);
	while ((n = stile_upload_read(r, u, at, chunk, CHUNK)) > 0) {
		crypto_hash_sha256_update(&state, (unsigned char *)chunk,
		    (unsigned long long)n);
		at += n;
	}
	if (n < 0)
		return "";
	crypto_hash_sha256_final(&state, sum);
	return sodium_bin2hex(hex, 2 * sizeof(sum) + 1, sum, sizeof(sum));
}

static int
open_folder(struct stile_req *r, const char *path, const char **name)
{
	const char	*slash = strrchr(path, '/');
	char		*dir;

	*name = slash != NULL ? slash + 1 : path;
	dir = stile_arena_dup(r->arena, slash == NULL ? STR(".") :
	    slash == path ? STR("/") :
	    (struct stile_str){ path, (size_t)(slash - path) });
	if (dir == NULL) {
		errno = ENOMEM;
		return -1;
	}
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool
copy(int from, int to, char *chunk)
{
	off_t	at = 0;
	ssize_t	n, k, done;

	while ((n = pread(from, chunk, CHUNK, at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		for (done = 0; done < n; done += k)
			if ((k = pwrite(to, chunk + done, (size_t)(n - done),
			    at + done)) < 0)
				return false;
		at += n;
	}
	return true;
}

static void
remove_keeping_errno(int dir, const char *name)
{
	int	err = errno;

	unlinkat(dir, name, 0);
	errno = err;
}

/* A name of its own in the folder, on disk: a link, or else a copy. */
static bool
place(struct stile_upload *u, int dir, const char *name, char *chunk)
{
	char	self[64];
	bool	ok;
	int	fd;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", u->fd);
	if (fchmod(u->fd, MODE) == 0 && fsync(u->fd) == 0 &&
	    linkat(AT_FDCWD, self, dir, name, AT_SYMLINK_FOLLOW) == 0)
		return true;
	/* Another file system, no /proc, or a file that had a name. */
	if (errno == EEXIST || no_room(errno))
		return false;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MODE);
	if (fd < 0)
		return false;
	/* The mode once more: open(2) lets the umask take from it. */
	ok = fchmod(fd, MODE) == 0 && copy(u->fd, fd, chunk) && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	if (!ok)
		remove_keeping_errno(dir, name);
	return ok;
}

static bool
keep_in(struct stile_upload *u, int dir, const char *name, enum stile_keep how,
    char *chunk)
{
	char		temp[40];
	uint64_t	n;
	bool		ok;

	if (stile__random(&n, sizeof(n)) != STILE_OK)
		return false;
	snprintf(temp, sizeof(temp), ".stile-%016llx", (unsigned long long)n);
	if (!place(u, dir, temp, chunk))
		return false;
	/*
	 * A link fails where something is, a rename takes its place; but where
	 * that is the same file already, a rename leaves both names.
	 */
	ok = (how == STILE_KEEP_REPLACE ? renameat(dir, temp, dir, name) :
	    linkat(dir, temp, dir, name, 0)) == 0;
	remove_keeping_errno(dir, temp);
	return ok && fsync(dir) == 0;
}

static int
fail_errno(struct stile_req *r, const char *path, int err)
{
	switch (err) {
	case EEXIST:
		return stile_fail(r, 409, "there is a file of this name");
	case ENOMEM:
		return stile__fail_nomem(r);
	default:
		return stile_fail(r, no_room(err) ? 507 : 500, "%s: %s", path,
		    strerror(err));
	}
}

int
stile_upload_keep(struct stile_req *r, struct stile_upload *u,
    const char *path, enum stile_keep how)
{
	const char	*name;
	char		*chunk;
	bool		 ok;
	int		 dir, err;

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if ((chunk = stile_arena_alloc(r->arena, CHUNK, 1)) == NULL)
		return stile__fail_nomem(r);
	if ((dir = open_folder(r, path, &name)) < 0)
		return fail_errno(r, path, errno);
	ok = keep_in(u, dir, name, how, chunk);
	err = errno;
	close(dir);
	return ok ? STILE_OK : fail_errno(r, path, err);
}
