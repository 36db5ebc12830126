/* SPDX-License-Identifier: ISC */
/*
 * The reference page: shows an OpenAPI document in a browser.  The page is the
 * same for every application but for the document's URL; its script fetches
 * the document and does the rest.
 *
 * Style and script stand in the page, for files would need routes of their own,
 * and its policy names them by their SHA-256 (CSP Level 3, section 2.3.1): with
 * a nonce each answer would be another one, and an ETag of no use.
 */
#include "base/priv.h"

#include <pthread.h>
#include <sodium.h>

#include "stile/buf.h"
#include "stile/cache.h"
#include "stile/docs.h"
#include "stile/enc.h"
#include "stile/str.h"
#include "app/docs_text.h"
#include "app/router.h"
#include "app/site.h"
#include "base/banned.h"

#define PAGE_MAX	(128 * 1024)
#define HASH_SIZE	sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES, \
			    sodium_base64_VARIANT_ORIGINAL)

/*
 * Nothing runs and nothing is shown but the page's own, and it talks to its own
 * origin only.  Trusted types: text never becomes markup, even by mistake.
 */
static char	policy[512];

static void
hash(const char *text, char out[HASH_SIZE])
{
	unsigned char	sum[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(sum, (const unsigned char *)text, strlen(text));
	sodium_bin2base64(out, HASH_SIZE, sum, sizeof(sum),
	    sodium_base64_VARIANT_ORIGINAL);
}

static void
make_policy(void)
{
	char	script[HASH_SIZE], style[HASH_SIZE];

	hash(docs_script, script);
	hash(docs_style, style);
	snprintf(policy, sizeof(policy), "default-src 'none'; "
	    "base-uri 'none'; connect-src 'self'; form-action 'none'; "
	    "frame-ancestors 'none'; img-src blob: data:; "
	    "require-trusted-types-for 'script'; script-src 'sha256-%s'; "
	    "style-src 'sha256-%s'; trusted-types 'none'", script, style);
}

/*
 * The document's route is called "openapi", in this application or in one that
 * it is mounted in; else it is openapi.json beside the page.
 */
static const char *
document_url(struct stile_req *r)
{
	if (r->route == NULL || router_named(r->site->router, r->route->scope,
	    "openapi") == NULL)
		return "openapi.json";
	return stile_url(r, "openapi", STILE_NOARGS);
}

static void
put_mark(struct stile_buf *b, struct stile_str name, const char *url)
{
	if (stile_str_eq(name, STR("style")))
		stile_buf_puts(b, docs_style);
	else if (stile_str_eq(name, STR("script")))
		stile_buf_puts(b, docs_script);
	else
		stile_enc_html(b, stile_str(url));
}

int
stile_docs(struct stile_req *r)
{
	static pthread_once_t	once = PTHREAD_ONCE_INIT;
	struct stile_str	rest = stile_str(docs_page), piece;
	struct stile_buf	*b;
	const char		*url;
	bool			 is_mark;

	pthread_once(&once, make_policy);
	if ((url = document_url(r)) == NULL)
		return STILE_EFAILED;
	if ((b = stile_buf_new(r->arena, PAGE_MAX)) == NULL)
		return stile__fail_nomem(r);
	/* Text and the names of marks take turns. */
	for (is_mark = false; stile_str_cut(&rest, '@', &piece);
	    is_mark = !is_mark)
		if (is_mark)
			put_mark(b, piece, url);
		else
			stile_buf_str(b, piece);
	stile_header_set(r, "Content-Security-Policy", policy);
	/* Whoever has it asks whether it is still this one. */
	stile_cache_control(r, "no-cache");
	if (stile_send_buf(r, 200, "text/html; charset=utf-8", b) != STILE_OK)
		return STILE_EFAILED;
	return stile_etag_content(r);
}
