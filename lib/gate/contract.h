/* SPDX-License-Identifier: ISC */
/*
 * Contract tests inside.  For each route a plan of what it declares; for each
 * case an input that fits (contract_make.c), perhaps broken in one place
 * (contract_break.c), sent (contract_send.c), its answer held against what was
 * to be expected (contract_judge.c), and the input of a wrong one made smaller
 * (contract_shrink.c).
 */
#ifndef GATE_CONTRACT_H
#define GATE_CONTRACT_H

#include "stile/client.h"
#include "stile/contract.h"
#include "gate/gate.h"
#include "schema/schema.h"

/* ---- numbers from a seed -------------------------------------------------- */

struct dice {
	uint64_t	x;
};
uint64_t contract_roll(struct dice *);
size_t	 contract_below(struct dice *, size_t n);	/* 0 to n - 1 */
bool	 contract_one_in(struct dice *, size_t n);

/* ---- inputs ------------------------------------------------------------------ */

/* A value, with the row that it was made by. */
struct node {
	struct stile_value		 v;	/* TEXT, INT and so on; or */
	enum { NODE_SCALAR, NODE_ARRAY, NODE_OBJECT } kind;
	const struct stile_schema	*row;	/* NULL: of none */
	const char			*name;	/* of a member */
	struct node			*up, *first, *next;
	bool				 patch;	/* of a merge patch */
	bool				 fixed;	/* is broken, or has it inside */
	bool				 tag;	/* says which alternative */
};

void	 contract_add(struct node *up, struct node *);
size_t	 contract_count(const struct node *);
struct node *contract_copy(struct stile_arena *, const struct node *);

/* What a route declares, with what its path and its page need besides. */
struct plan {
	const struct route		*route;
	size_t				 index;
	struct stile_schema		 params;	/* .properties are ours */
	size_t				 ndeclared;	/* the first of them */
	size_t				 npath;		/* these are not */
	const struct stile_schema	*body;
	bool				 patch;
	bool				 lenient;	/* a check, or a right,
							 * may refuse what fits */
	/* Who has what the route needs, and who what its properties need as
	 * well; headers, or NULL for nobody. */
	const char			*permissions, *all_permissions;
	const char			*who, *who_may;
};

struct input {
	const char	*method;
	const char	*who;		/* a header, NULL: nobody asks */
	const char	*permissions;	/* that they have */
	bool		 refused;	/* they have not what the route needs */
	struct node	*params;	/* an object of scalars and arrays */
	struct node	*body;		/* or NULL */
	bool		 form;		/* the body is one */
	const char	*raw, *type;	/* a body that is none */

	bool		 broken;
	const char	*how;		/* "too long" */
	enum stile_in	 in;		/* of the broken place */
	const char	*where;		/* NULL: the body as a whole */
};

/* ---- the whole --------------------------------------------------------------- */

#define CONTRACT_KNOWN	64	/* values remembered of each name in paths */
#define CONTRACT_NAMES	32

/* Who has these permissions and no others. */
struct somebody {
	const char	*permissions, *header;	/* NULL: there is nobody */
	struct somebody	*next;
};

struct known {
	char	*name;
	char	*text[CONTRACT_KNOWN];
	size_t	 n;
};

struct contract {
	const struct stile_contract	*how;
	const struct stile_site		*site;
	struct stile_client		*client;
	struct stile_arena		*keep;		/* for the whole run */
	struct stile_arena		*arena;		/* for one case */
	struct known			 known[CONTRACT_NAMES];
	size_t				 nknown;
	struct somebody			*everybody;
	size_t				 nsent, nfailed, nshown, nunmade;
	bool				 nomem;
};

/* ---- who asks -------------------------------------------------------------------- */

void	 contract_plan_who(struct contract *, struct plan *);
/* For the n-th case of the plan's route. */
void	 contract_choose_who(struct contract *, const struct plan *, size_t n,
	    struct dice *, struct input *);
/* Whether the one who sends the input has a permission. */
bool	 contract_may(void *input, const char *need);

/* ---- making -------------------------------------------------------------------- */

/* What may stand in a text, by where it goes. */
enum alphabet { ALPHABET_JSON, ALPHABET_QUERY, ALPHABET_PATH, ALPHABET_TOKEN };

struct maker {
	struct contract		*c;
	const struct plan	*plan;
	const struct input	*in;
	struct dice		*dice;
	enum alphabet		 alphabet;
	enum { FEW, SOME, ALL }	 fill;
	unsigned		 depth_max;
	size_t			 nodes;
};

/* NULL where none is found. */
struct node *contract_make(struct maker *, const struct stile_schema *row,
	    unsigned depth, bool patch);
struct node *contract_scalar(struct maker *, const struct stile_schema *row);
bool	 contract_fits(struct contract *, const struct stile_schema *,
	    struct stile_value);
const char *contract_text(struct maker *, const struct stile_schema *);
/* n characters, NULL without memory. */
const char *contract_chars(struct maker *, size_t n, bool blanks);
/* A text that a pattern may fit, if it is a simple one; or NULL. */
const char *contract_pattern(struct maker *, const char *pattern);

bool	 contract_input(struct contract *, const struct plan *, struct dice *,
	    struct input *);

/* Break it in one place; false where there is none. */
bool	 contract_break(struct contract *, const struct plan *, struct dice *,
	    struct input *);

/* ---- sending ------------------------------------------------------------------- */

#define CONTRACT_FIELDS	40

struct sent {
	const char		*method, *target, *type;
	struct stile_str	 body;
	struct { const char *name, *value; } fields[CONTRACT_FIELDS];
	size_t			 nfields;
};

bool	 contract_encode(struct contract *, const struct plan *,
	    const struct input *, struct sent *);
const struct stile_answer *contract_send(struct contract *,
	    const struct sent *);
const char *contract_curl(struct contract *, const struct sent *);
void	 contract_write(struct stile_buf *, const struct node *);

/* The text of a scalar; "true", "7". */
const char *contract_as_text(struct contract *, const struct node *);

/* ---- judging ------------------------------------------------------------------- */

/* What is wrong with an answer, in a line; NULL: nothing. */
const char *contract_judge(struct contract *, const struct plan *,
	    const struct input *, const struct stile_answer *);
const char *contract_judge_head(struct contract *,
	    const struct stile_answer *);
const char *contract_judge_options(struct contract *, const struct plan *,
	    const struct stile_answer *);

/* Whether two of these lines say the same, up to the details. */
bool	 contract_same(const char *, const char *);

/* Smaller, as long as the same is wrong; what then is wrong. */
const char *contract_shrink(struct contract *, const struct plan *,
	    struct input *, const char *wrong);
#endif
