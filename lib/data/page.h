/* SPDX-License-Identifier: ISC */
#ifndef DATA_PAGE_H
#define DATA_PAGE_H

#include "stile/db.h"

/* Rows of a page where struct stile_page says 0. */
#define PAGE_LIMIT	20
#define PAGE_LIMIT_MAX	100
#endif
