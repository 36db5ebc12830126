/* SPDX-License-Identifier: ISC */
/* What the answers of httpbin look like. */
#include "answers.h"

const struct stile_schema any_schema = { .type = STILE_ANY };

/* A name that comes twice has a list. */
#define PAIRS(name)							\
	{ name, STILE_MAP, .items = &any_schema, .required = true }
#define SENT								\
	PAIRS("args"), PAIRS("headers"),				\
	{ "origin", STILE_STRING, .required = true, .nullable = true,	\
	    .example = "192.0.2.1" },					\
	{ "url", STILE_STRING, .required = true, .nullable = true }
#define CONTENT								\
	{ "data", STILE_STRING, .required = true }, PAIRS("form"),	\
	PAIRS("files"), { "json", STILE_ANY, .required = true }
#define A_TEXT(name)	{ name, STILE_STRING, .required = true }

#define ROWS(...)	(const struct stile_schema[]){ __VA_ARGS__, { 0 } }

const struct stile_schema request_schema = {
	"Request", STILE_OBJECT, .description = "What was sent.",
	.properties = ROWS(SENT),
};

const struct stile_schema whole_schema = {
	"RequestWithBody", STILE_OBJECT, .description = "What was sent.",
	.properties = ROWS(SENT, CONTENT),
};

const struct stile_schema anything_schema = {
	"Anything", STILE_OBJECT, .description = "What was sent, and how.",
	.properties = ROWS(SENT, CONTENT, A_TEXT("method")),
};

const struct stile_schema headers_schema = {
	"Headers", STILE_OBJECT, .properties = ROWS(PAIRS("headers")),
};

const struct stile_schema cookies_schema = {
	"Cookies", STILE_OBJECT, .properties = ROWS(PAIRS("cookies")),
};

const struct stile_schema pairs_schema = {
	"Pairs", STILE_MAP, .items = &any_schema,
};

const struct stile_schema origin_schema = {
	"Origin", STILE_OBJECT, .properties = ROWS(
	{ "origin", STILE_STRING, .required = true, .nullable = true }),
};

const struct stile_schema user_agent_schema = {
	"UserAgent", STILE_OBJECT, .properties = ROWS(
	{ "user-agent", STILE_STRING, .required = true, .nullable = true }),
};

const struct stile_schema user_schema = {
	"User", STILE_OBJECT, .properties = ROWS(
	{ "authenticated", STILE_BOOLEAN, .required = true }, A_TEXT("user")),
};

const struct stile_schema token_schema = {
	"Token", STILE_OBJECT, .properties = ROWS(
	{ "authenticated", STILE_BOOLEAN, .required = true }, A_TEXT("token")),
};

const struct stile_schema uuid_schema = {
	"Uuid", STILE_OBJECT, .properties = ROWS(
	{ "uuid", STILE_UUID, .required = true }),
};

const struct stile_schema part_schema = {
	"Part", STILE_OBJECT, .properties = ROWS(A_TEXT("name"),
	{ "filename", STILE_STRING, .required = true, .nullable = true },
	{ "type", STILE_STRING, .required = true, .nullable = true },
	{ "size", STILE_INTEGER, .required = true, .min = 0, .max = INT64_MAX },
	A_TEXT("sha256")),
};

const struct stile_schema parts_schema = {
	"Parts", STILE_OBJECT, .properties = ROWS(
	{ "files", STILE_ARRAY, .items = &part_schema, .required = true },
	PAIRS("form")),
};
