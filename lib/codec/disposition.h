/* SPDX-License-Identifier: ISC */
#ifndef CODEC_DISPOSITION_H
#define CODEC_DISPOSITION_H

#include "stile/types.h"

struct stile_buf;

/*
 * The Content-Disposition of a part in a form.  Fills the two empty buffers,
 * filename only where *is_file says so.  The value has no NUL, CR and LF.
 * STILE_ETOOBIG, without a cause, where the name is over its buffer's limit.
 */
enum stile_err stile__disposition(struct stile_str value,
	    struct stile_buf *name, struct stile_buf *filename, bool *is_file,
	    struct stile_error *e);
#endif
