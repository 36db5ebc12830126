/* SPDX-License-Identifier: ISC */
#ifndef HTTP_UPLOAD_H
#define HTTP_UPLOAD_H

#include <errno.h>

#include "stile/upload.h"
#include "http/req.h"

struct stile_upload {
	struct stile_upload	*next;
	const char		*field, *filename, *display, *type;
	int64_t			 size;
	int			 fd;
};

struct upload_list {
	struct stile_upload	*first, **last;
};

/* Whether that is because of a full disk, a quota, or a limit of files. */
static inline bool
no_room(int err)
{
	return err == ENOSPC || err == EDQUOT || err == EFBIG;
}
#endif
