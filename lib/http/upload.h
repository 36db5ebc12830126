/* SPDX-License-Identifier: ISC */
#ifndef HTTP_UPLOAD_H
#define HTTP_UPLOAD_H

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
#endif
