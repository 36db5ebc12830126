/* SPDX-License-Identifier: ISC */
/*
 * Arena: memory for one request, taken piece by piece and given back at once,
 * and the defers, which release what is not memory.
 *
 * A reset keeps one block, so that a thread that serves request after request
 * allocates nothing for the small ones.  With --enable-arena-debug every piece
 * is a block of its own, and ASan or valgrind sees each overrun.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "base/banned.h"

#define BLOCK_SIZE	(16 * 1024)
#define ALIGN		_Alignof(max_align_t)

struct block {
	struct block	*next;
	size_t		 used;
	size_t		 size;
	max_align_t	 data[];
};

struct defer {
	struct defer	*next;
	void		(*fn)(void *);
	void		*arg;
};

struct stile_arena {
	struct block	*head;		/* the newest */
	struct defer	*defers;	/* the newest */
	size_t		 total;		/* bytes in all blocks */
	size_t		 limit;
};

struct stile_arena *
stile_arena_new(size_t limit)
{
	struct stile_arena	*a;

	if ((a = stile__malloc(sizeof(*a))) == NULL)
		return NULL;
	*a = (struct stile_arena){ .limit = limit != 0 ? limit : SIZE_MAX / 2 };
	return a;
}

#ifdef STILE_ARENA_DEBUG
/* A piece ends where its block does, to the byte. */
static size_t
round_up(size_t n)
{
	return n;
}

static size_t
block_size(size_t need)
{
	return need;
}
#else
static size_t
round_up(size_t n)
{
	return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static size_t
block_size(size_t need)
{
	return need > BLOCK_SIZE ? need : BLOCK_SIZE;
}
#endif

static struct block *
add_block(struct stile_arena *a, size_t need)
{
	struct block	*b;
	size_t		 size = block_size(need);

	if (size > a->limit - a->total)
		size = need;
	if (size > a->limit - a->total)
		return NULL;
	if ((b = stile__malloc(sizeof(*b) + size)) == NULL)
		return NULL;
	b->next = a->head;
	b->used = 0;
	b->size = size;
	a->head = b;
	a->total += size;
	return b;
}

/* n is at most SIZE_MAX / 2. */
static void *
take(struct stile_arena *a, size_t n)
{
	struct block	*b = a->head;
	size_t		 need = round_up(n != 0 ? n : 1);
	void		*p;

	if (b == NULL || b->size - b->used < need)
		if ((b = add_block(a, need)) == NULL)
			return NULL;
	p = (char *)b->data + b->used;
	b->used += need;
	return p;
}

void *
stile_arena_alloc(struct stile_arena *a, size_t n, size_t size)
{
	void	*p;

	if (size != 0 && n > SIZE_MAX / 2 / size)
		return NULL;
	if ((p = take(a, n * size)) != NULL)
		memset(p, 0, n * size);
	return p;
}

/* p is the whole of block b: let realloc move it. */
static void *
grow_block(struct stile_arena *a, struct block *b, size_t need)
{
	struct block	*nb;

	if (need - b->size > a->limit - a->total)
		return NULL;
	if ((nb = stile__realloc(b, sizeof(*b) + need)) == NULL)
		return NULL;
	a->total += need - nb->size;
	nb->used = nb->size = need;
	a->head = nb;
	return nb->data;
}

void *
stile__arena_grow(struct stile_arena *a, void *p, size_t old, size_t n)
{
	struct block	*b = a->head;
	size_t		 have = round_up(old != 0 ? old : 1);
	size_t		 need = round_up(n);
	void		*np;

	if (n > SIZE_MAX / 2)
		return NULL;
	if (p != NULL && (char *)p + have == (char *)b->data + b->used) {
		if (need - have <= b->size - b->used) {
			b->used += need - have;
			return p;
		}
		if (p == (void *)b->data)
			return grow_block(a, b, need);
	}
	if ((np = take(a, n)) != NULL && p != NULL)
		memcpy(np, p, old);
	return np;
}

char *
stile_arena_dup(struct stile_arena *a, struct stile_str s)
{
	char	*p;

	if (s.len > SIZE_MAX / 2 - 1 || (p = take(a, s.len + 1)) == NULL)
		return NULL;
	if (s.len != 0)
		memcpy(p, s.p, s.len);
	p[s.len] = '\0';
	return p;
}

char *
stile_arena_strdup(struct stile_arena *a, const char *s)
{
	return stile_arena_dup(a, (struct stile_str){ s, strlen(s) });
}

char *
stile_arena_printf(struct stile_arena *a, const char *fmt, ...)
{
	va_list	 ap;
	char	*p;
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (p = take(a, (size_t)n + 1)) == NULL)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

enum stile_err
stile_arena_defer(struct stile_arena *a, void (*fn)(void *), void *arg)
{
	struct defer	*d;

	if ((d = take(a, sizeof(*d))) == NULL) {
		fn(arg);
		return STILE_ENOMEM;
	}
	*d = (struct defer){ .next = a->defers, .fn = fn, .arg = arg };
	a->defers = d;
	return STILE_OK;
}

static void
run_defers(struct stile_arena *a)
{
	struct defer	*d;

	/* One defer may add another. */
	while ((d = a->defers) != NULL) {
		a->defers = d->next;
		d->fn(d->arg);
	}
}

void
stile_arena_reset(struct stile_arena *a)
{
	struct block	*b, *next, *keep = NULL;

	run_defers(a);
	for (b = a->head; b != NULL; b = next) {
		next = b->next;
		if (keep == NULL && b->size == block_size(0))
			keep = b;
		else
			free(b);
	}
	if (keep != NULL) {
		keep->next = NULL;
		keep->used = 0;
	}
	a->head = keep;
	a->total = keep != NULL ? keep->size : 0;
}

void
stile_arena_free(struct stile_arena *a)
{
	if (a == NULL)
		return;
	stile_arena_reset(a);
	free(a->head);
	free(a);
}
