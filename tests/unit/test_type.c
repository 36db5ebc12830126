/* SPDX-License-Identifier: ISC */
/* lib/http/type.c: the media type of a name. */
#include "unit.h"

#include "stile/file.h"

Test(type, by_the_extension)
{
	static const char *const cases[][2] = {
		{ "a.css",		"text/css; charset=utf-8" },
		{ "a.CSS",		"text/css; charset=utf-8" },
		{ "/a/b.c/index.html",	"text/html; charset=utf-8" },
		{ "a.htm",		"text/html; charset=utf-8" },
		{ "a.min.js",		"text/javascript; charset=utf-8" },
		{ "a.mjs",		"text/javascript; charset=utf-8" },
		{ "a.json",		"application/json" },
		{ "a.webmanifest",	"application/manifest+json" },
		{ "a.svg",		"image/svg+xml" },
		{ "a.jpeg",		"image/jpeg" },
		{ "a.woff2",		"font/woff2" },
		{ "a.wasm",		"application/wasm" },
		{ "a.txt",		"text/plain; charset=utf-8" },
		{ "a.tar.gz",		"application/gzip" },
		{ ".html",		"text/html; charset=utf-8" },
		{ "a",			"application/octet-stream" },
		{ "",			"application/octet-stream" },
		{ ".",			"application/octet-stream" },
		{ "a.",			"application/octet-stream" },
		{ "a.html.",		"application/octet-stream" },
		{ "a.htmlx",		"application/octet-stream" },
		{ "a.ht",		"application/octet-stream" },
		{ "a.exe",		"application/octet-stream" },
		/* A folder's dot is not the name's. */
		{ "a.css/b",		"application/octet-stream" },
		{ "a.css/",		"application/octet-stream" },
		{ "html",		"application/octet-stream" },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_STR(stile_type_of(cases[i][0]), cases[i][1], "%s",
		    cases[i][0]);
}
