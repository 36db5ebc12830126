/* SPDX-License-Identifier: ISC */
/*
 * Regular expressions of a schema, matched by PCRE2.  It is loaded with the
 * first pattern: programs without one, and most starts of a CGI program, do
 * not pay for it.
 *
 * A pattern is the application's and a text anybody's.  So that no text holds a
 * thread, work is counted: PCRE2 calls us before each item of the pattern, and
 * how far it has gone in the text since then is what it has done.  Its own
 * limits do not do that, for they begin anew at each place where a match could
 * start, and a step may look at all of the text.
 */
#include "base/priv.h"

#include <pthread.h>
#include <stdatomic.h>

#define PCRE2_CODE_UNIT_WIDTH	8
#include <pcre2.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "base/load.h"
#include "schema/ecma.h"
#include "schema/pattern.h"
#include "base/banned.h"

#define TRANSLATION_MAX	(1024 * 1024)
#define HEAP_KIB	(16 * 1024)	/* of one match */
#define WORK_MIN	1000000		/* steps for any text */
#define WORK_PER_BYTE	16		/* and for each byte of a text */
#define SLOTS		512		/* patterns that stay compiled */
#define PROBES		32

#define OPTIONS		(PCRE2_UTF | PCRE2_DOLLAR_ENDONLY |		\
			PCRE2_MATCH_UNSET_BACKREF |			\
			PCRE2_ALLOW_EMPTY_CLASS |			\
			PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT)

const char	*stile__pcre2 = "libpcre2-8.so.0";

#define FUNCTIONS(X)							\
	X(general_context_create) X(compile_context_create)		\
	X(compile_context_free) X(compile) X(code_free)			\
	X(get_error_message) X(match_context_create)			\
	X(match_context_free) X(match_data_create) X(match_data_free)	\
	X(set_callout) X(set_heap_limit) X(match)

/* PCRE2's functions, as its header declares them. */
static struct {
#define X(name)	__typeof__(pcre2_##name##_8) *name;
	FUNCTIONS(X)
#undef X
} pcre2;

static pthread_mutex_t		 lock = PTHREAD_MUTEX_INITIALIZER;
static pcre2_general_context	*memory;	/* ours, for all it allocates */
static atomic_bool		 loaded;

struct compiled {
	pcre2_code	*code;
	size_t		 repeat;	/* as in struct ecma */
	bool		 backrefs;
};

/* An address may be used again for another text: both are the key. */
struct entry {
	const char	*pattern;
	struct compiled	 c;
	char		 text[];
};

static struct entry *_Atomic	entries[SLOTS];

/* ---- the library ------------------------------------------------------ */

static void *
get(size_t n, void *arg)
{
	(void)arg;
	return stile__malloc(n);
}

static void
put(void *p, void *arg)
{
	(void)arg;
	free(p);
}

static enum stile_err
load_locked(struct stile_error *e)
{
	static const struct stile__symbol	symbols[] = {
#define X(name)	{ "pcre2_" #name "_8", &pcre2.name },
		FUNCTIONS(X)
#undef X
		{ 0 }
	};
	static struct stile__library		library = {
		.what = "PCRE2, which patterns need", .symbols = symbols,
	};
	enum stile_err				rc;

	library.file = stile__pcre2;
	if ((rc = stile__load(&library, e)) != STILE_OK)
		return rc;
	memory = pcre2.general_context_create(get, put, NULL);
	return memory != NULL ? STILE_OK : stile__error_nomem(e);
}

static enum stile_err
load(struct stile_error *e)
{
	enum stile_err	rc = STILE_OK;

	if (atomic_load_explicit(&loaded, memory_order_acquire))
		return STILE_OK;
	pthread_mutex_lock(&lock);
	if (!atomic_load_explicit(&loaded, memory_order_relaxed) &&
	    (rc = load_locked(e)) == STILE_OK)
		atomic_store_explicit(&loaded, true, memory_order_release);
	pthread_mutex_unlock(&lock);
	return rc;
}

/* ---- compiling -------------------------------------------------------- */

/* PCRE2's own words, and where in the pattern that is. */
static enum stile_err
refused(const char *pattern, struct stile_buf *buf, int code, size_t off,
    struct stile_error *e)
{
	struct ecma	m = { .stop = off };
	unsigned char	why[128];

	stile_buf_clear(buf);
	(void)stile__ecma(pattern, buf, &m, NULL);
	pcre2.get_error_message(code, why, sizeof(why));
	return stile_error_set(e, STILE_ESYNTAX, 500,
	    "a pattern, at byte %zu: %s", m.at, (const char *)why);
}

/* From ECMA's words to PCRE2's code. */
static enum stile_err
translate(const char *pattern, struct stile_buf *buf,
    pcre2_compile_context *ctx, struct compiled *ret, struct stile_error *e)
{
	struct ecma	 m = { .stop = SIZE_MAX };
	struct stile_str s;
	PCRE2_SIZE	 off;
	enum stile_err	 rc;
	int		 code;

	if ((rc = stile__ecma(pattern, buf, &m, e)) != STILE_OK)
		return rc;
	s = stile_buf_view(buf);
	ret->code = pcre2.compile((PCRE2_SPTR)s.p, s.len, OPTIONS, &code, &off,
	    ctx);
	if (ret->code == NULL)
		return code == PCRE2_ERROR_HEAP_FAILED ?
		    stile__error_nomem(e) : refused(pattern, buf, code, off, e);
	ret->repeat = m.repeat;
	ret->backrefs = m.backrefs;
	return STILE_OK;
}

static enum stile_err
compile(const char *pattern, struct compiled *ret, struct stile_error *e)
{
	pcre2_compile_context	*ctx = pcre2.compile_context_create(memory);
	struct stile_arena	*arena = stile_arena_new(0);
	struct stile_buf	*buf = NULL;
	enum stile_err		 rc;

	if (arena != NULL)
		buf = stile_buf_new(arena, TRANSLATION_MAX);
	if (ctx == NULL || buf == NULL)
		rc = stile__error_nomem(e);
	else
		rc = translate(pattern, buf, ctx, ret, e);
	stile_arena_free(arena);
	pcre2.compile_context_free(ctx);
	return rc;
}

static struct entry *
entry_new(const char *pattern, enum stile_err *rc, struct stile_error *e)
{
	size_t		 n = strlen(pattern) + 1;
	struct entry	*en = stile__malloc(sizeof(*en) + n);

	if (en == NULL) {
		*rc = stile__error_nomem(e);
		return NULL;
	}
	en->pattern = pattern;
	memcpy(en->text, pattern, n);
	if ((*rc = compile(pattern, &en->c, e)) != STILE_OK) {
		free(en);
		return NULL;
	}
	return en;
}

static void
entry_free(struct entry *en)
{
	if (en != NULL)
		pcre2.code_free(en->c.code);
	free(en);
}

/* ---- those that stay -------------------------------------------------- */

static size_t
first_slot(const char *pattern)
{
	return (size_t)(((uint64_t)(uintptr_t)pattern *
	    UINT64_C(0x9e3779b97f4a7c15)) >> 32) % SLOTS;
}

static bool
is_of(const struct entry *en, const char *pattern)
{
	return en->pattern == pattern && strcmp(en->text, pattern) == 0;
}

/*
 * The entry of a pattern.  Once it is in its slot it stays there unchanged, so
 * that readers need no lock.  *own is what has found no slot, or NULL.
 */
static const struct entry *
find(const char *pattern, struct entry **own, enum stile_err *rc,
    struct stile_error *e)
{
	struct entry	*en, *new = NULL;
	size_t		 i, at = first_slot(pattern);

	*own = NULL;
	*rc = STILE_OK;
	for (i = 0; i < PROBES; i++, at = (at + 1) % SLOTS) {
		en = atomic_load_explicit(&entries[at], memory_order_acquire);
		if (en == NULL) {
			if (new == NULL &&
			    (new = entry_new(pattern, rc, e)) == NULL)
				return NULL;
			if (atomic_compare_exchange_strong(&entries[at], &en,
			    new))
				return new;
		}
		if (is_of(en, pattern)) {
			entry_free(new);
			return en;
		}
	}
	if (new == NULL)
		new = entry_new(pattern, rc, e);
	*own = new;
	return new;
}

/* ---- matching --------------------------------------------------------- */

struct work {
	size_t	left;
	size_t	step;		/* of one callout, without the way */
	size_t	last;		/* where it was */
};

static int
count(pcre2_callout_block *b, void *arg)
{
	struct work	*w = arg;
	size_t		 at = b->current_position;
	size_t		 way = at > w->last ? at - w->last : w->last - at;

	if (w->left < way + w->step)
		return PCRE2_ERROR_MATCHLIMIT;
	w->left -= way + w->step;
	w->last = at;
	return 0;
}

static int
result(int rc)
{
	if (rc >= 0)
		return 1;
	switch (rc) {
	case PCRE2_ERROR_MATCHLIMIT:
	case PCRE2_ERROR_DEPTHLIMIT:
	case PCRE2_ERROR_HEAPLIMIT:
		return STILE_ETIME;
	case PCRE2_ERROR_NOMEMORY:
		return STILE_ENOMEM;
	default:
		return 0;	/* PCRE2_ERROR_NOMATCH, or it is no UTF-8 */
	}
}

static int
match(const struct compiled *c, struct stile_str text)
{
	struct work		 w = { .left = WORK_MIN };
	pcre2_match_context	*ctx = pcre2.match_context_create(memory);
	pcre2_match_data	*data = pcre2.match_data_create(1, memory);
	int			 rc = PCRE2_ERROR_NOMEMORY;

	/* Only these look at more than one character and may then say no. */
	w.step = 1 + c->repeat / 8 + (c->backrefs ? text.len / 16 : 0);
	w.left += text.len * WORK_PER_BYTE;
	if (ctx != NULL && data != NULL) {
		pcre2.set_callout(ctx, count, &w);
		pcre2.set_heap_limit(ctx, HEAP_KIB);
		rc = pcre2.match(c->code, (PCRE2_SPTR)(text.p != NULL ?
		    text.p : ""), text.len, 0, 0, data, ctx);
	}
	pcre2.match_data_free(data);
	pcre2.match_context_free(ctx);
	return result(rc);
}

int
stile__pattern_match(const char *pattern, struct stile_str text)
{
	const struct entry	*en;
	struct entry		*own;
	enum stile_err		 rc;
	int			 answer;

	if ((rc = load(NULL)) != STILE_OK ||
	    (en = find(pattern, &own, &rc, NULL)) == NULL)
		return rc;
	answer = match(&en->c, text);
	entry_free(own);
	return answer;
}

enum stile_err
stile__pattern_check(const char *pattern, struct stile_error *e)
{
	struct entry	*own;
	enum stile_err	 rc;

	if ((rc = load(e)) == STILE_OK && find(pattern, &own, &rc, e) != NULL)
		entry_free(own);
	return rc;
}
