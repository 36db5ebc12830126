/* SPDX-License-Identifier: ISC */
/*
 * A main() for the fuzz_NAME.c in this folder where there is no libFuzzer: runs
 * each file of the corpus, each beginning of it, and then changed ones, the
 * same ones every time.  What ends the program is left in PROGRAM.crash.
 *
 *   fuzz_json                     TAP; what "make check" does, in seconds
 *   fuzz_json FILE...             these files only, as they are
 *   FUZZ_RUNS=1000000 FUZZ_SEED=7 fuzz_json
 *
 * tests/run.sh calls it as it calls Criterion: --jobs N --tap=FILE.
 */
#include "base/priv.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "fuzz.h"

#define FILES_MAX	200
#define SIZE_LIMIT	4096	/* bytes of an input */
#define RUNS		20000
#define SECONDS_MAX	60	/* for one input */

/* Present in a build with sanitizers. */
void	__sanitizer_set_death_callback(void (*)(void)) __attribute__((weak));

struct input {
	uint8_t	*p;
	size_t	 n;
};

static struct input	 corpus[FILES_MAX];
static size_t		 ncorpus;
static struct input	 current;	/* for the .crash */
static char		 crash_path[PATH_MAX];
static uint64_t		 seed = 1;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- when it ends the program ------------------------------------------ */

static void
write_crash(void)
{
	int	fd = open(crash_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd != -1 && write(fd, current.p, current.n) != -1)
		close(fd);
}

static void
on_signal(int sig)
{
	write_crash();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void
watch(void)
{
	signal(SIGABRT, on_signal);
	signal(SIGALRM, on_signal);
	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(write_crash);
	else
		signal(SIGSEGV, on_signal);
}

/* In memory of exactly its size, so that ASan sees any step beyond. */
static void
run(const uint8_t *p, size_t n)
{
	uint8_t	*copy = malloc(n + 1);

	if (copy == NULL)
		die("malloc");
	if (n > 0)
		memcpy(copy + 1, p, n);
	current = (struct input){ copy + 1, n };
	alarm(SECONDS_MAX);
	LLVMFuzzerTestOneInput(copy + 1, n);
	free(copy);
}

/* ---- the corpus ---------------------------------------------------------- */

static void
add(const char *path)
{
	struct input	*in = &corpus[ncorpus];
	FILE		*f = fopen(path, "rb");

	if (f == NULL || (in->p = malloc(SIZE_LIMIT)) == NULL)
		die(path);
	in->n = fread(in->p, 1, SIZE_LIMIT, f);
	fclose(f);
	ncorpus++;
}

static void
add_folder(const char *path)
{
	struct dirent	**entries;
	char		  name[PATH_MAX + 300];
	int		  i, n;

	if ((n = scandir(path, &entries, NULL, alphasort)) == -1)
		die(path);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/%s", path,
		    entries[i]->d_name);
		if (entries[i]->d_name[0] != '.' && ncorpus < FILES_MAX)
			add(name);
		free(entries[i]);
	}
	free(entries);
}

/* ---- changes ------------------------------------------------------------- */

static size_t
below(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return n == 0 ? 0 : (size_t)(seed >> 11) % n;
}

/* One that some grammar cares for, or any. */
static uint8_t
some_byte(void)
{
	static const char	special[] = "\0\t\n\r \"%&'()*+,-./:;<=>?@"
	    "[\\]^_`{|}~0123456789AFZafz"
	    "\x01\x1F\x7F\x80\xBF\xC0\xC2\xE2\xED\xEF\xF0"
	    "\xF4\xFF";

	return (uint8_t)(below(4) > 0 ?
	    special[below(sizeof(special) - 1)] : (int)below(256));
}

/* Put n bytes in place of cut ones at a place. */
static void
replace(struct input *in, size_t at, size_t cut, const uint8_t *p, size_t n)
{
	size_t	end = at + cut, rest;

	if (end > in->n || in->n > SIZE_LIMIT)
		return;
	rest = in->n - end;
	if (at + n + rest > SIZE_LIMIT)
		return;
	if (rest > 0)
		memmove(in->p + at + n, in->p + end, rest);
	if (n > 0)
		memcpy(in->p + at, p, n);
	in->n = at + n + rest;
}

static void
change(struct input *in)
{
	const struct input	*other = &corpus[below(ncorpus)];
	uint8_t			 bytes[SIZE_LIMIT];
	size_t			 at = below(in->n + 1), n, from;

	switch (below(7)) {
	case 0:
		if (at < in->n)
			in->p[at] ^= (uint8_t)(1 << below(8));
		break;
	case 1:
		if (at < in->n)
			in->p[at] = some_byte();
		break;
	case 2:
		bytes[0] = some_byte();
		replace(in, at, 0, bytes, 1);
		break;
	case 3:
		replace(in, at, below(below(in->n - at + 1) + 1), NULL, 0);
		break;
	case 4:	/* the same byte again and again */
		n = 1 + below(40);
		memset(bytes, some_byte(), n);
		replace(in, at, 0, bytes, n);
		break;
	case 5:	/* a piece of its own, elsewhere */
		n = below(in->n - at + 1);
		if (n > 0)
			memcpy(bytes, in->p + at, n);
		replace(in, below(in->n + 1), 0, bytes, n);
		break;
	case 6:	/* the end, or a piece, of another one */
		from = below(other->n + 1);
		n = below(2) == 0 ? other->n - from :
		    below(other->n - from + 1);
		replace(in, at, below(2) == 0 ? in->n - at : 0,
		    other->p + from, n);
		break;
	}
}

static void
run_changed(void)
{
	static uint8_t		 room[SIZE_LIMIT];
	const struct input	*from = &corpus[below(ncorpus)];
	struct input		 in = { room, from->n };
	size_t			 i, n = 1 + below(6);

	memcpy(room, from->p, from->n);
	for (i = 0; i < n; i++)
		change(&in);
	run(in.p, in.n);
}

/* -------------------------------------------------------------------------- */

static unsigned long
number(const char *name, unsigned long absent)
{
	const char	*s = getenv(name);

	return s != NULL && *s != '\0' ? strtoul(s, NULL, 10) : absent;
}

static void
run_all(const char *name, FILE *tap)
{
	const char	*top = getenv("top_srcdir");
	char		 path[PATH_MAX];
	unsigned long	 i, runs = number("FUZZ_RUNS", RUNS);
	size_t		 k, n;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s",
	    top != NULL ? top : ".", name);
	add_folder(path);
	fprintf(tap, "1..1\n");
	fflush(tap);
	if (ncorpus == 0) {
		fprintf(tap, "not ok 1 - %s: an empty corpus\n", name);
		return;
	}
	seed = number("FUZZ_SEED", 1) * 2 + 0x9E3779B97F4A7C15;
	for (k = 0; k < ncorpus; k++)
		for (n = 0; n <= corpus[k].n; n++)
			run(corpus[k].p, n);
	for (i = 0; i < runs; i++)
		run_changed();
	fprintf(tap, "ok 1 - %s: %lu runs\n", name, runs);
}

int
main(int argc, char **argv)
{
	const char	*name = strrchr(argv[0], '/');
	FILE		*tap = stdout;
	size_t		 k;
	int		 i;

	name = name != NULL ? name + 1 : argv[0];
	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	snprintf(crash_path, sizeof(crash_path), "%s.crash", argv[0]);
	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "--jobs") == 0)
			i++;
		else if (strncmp(argv[i], "--tap=", 6) == 0) {
			if ((tap = fopen(argv[i] + 6, "w")) == NULL)
				die(argv[i] + 6);
		} else
			add(argv[i]);
	watch();
	if (ncorpus == 0)
		run_all(name, tap);
	else
		for (k = 0; k < ncorpus; k++)
			run(corpus[k].p, corpus[k].n);
	for (k = 0; k < ncorpus; k++)
		free(corpus[k].p);
	return fclose(tap) == 0 ? 0 : 1;
}
