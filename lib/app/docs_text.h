/* SPDX-License-Identifier: ISC */
/* The reference page's files, as embed-docs has put them into docs_text.c. */
#ifndef APP_DOCS_TEXT_H
#define APP_DOCS_TEXT_H

extern const char docs_page[];		/* with @style@, @script@, @document@ */
extern const char docs_style[];
extern const char docs_script[];
#endif
