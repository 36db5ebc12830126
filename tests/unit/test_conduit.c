/* SPDX-License-Identifier: ISC */
/* apps/conduit: it answers what its tables say, to nobody and to users. */
#include "app.h"

#include "stile/contract.h"
#include "stile/json.h"

int	conduit_main(int argc, char **argv);
#define main	conduit_main
#include "../../apps/conduit/conduit.c"
#undef main

static const char *const	in_memory[] = {
	"db=sqlite::memory:", "password_memory=8192",
	"password_passes=1", NULL
};

/* A user of that name, whose token the client brings from now on. */
static const char *
log_in(struct stile_client *c, const char *name)
{
	static char			 header[200];
	const struct stile_answer	*a;
	struct json_object		*user, *token;
	char				 body[300];

	snprintf(body, sizeof(body), "{\"user\":{\"username\":\"%s\","
	    "\"email\":\"%s@example.org\",\"password\":\"open, sesame\"}}",
	    name, name);
	a = stile_client_json(c, "POST", "/api/users", body);
	if (a == NULL || stile_answer_status(a) != 201 ||
	    !json_object_object_get_ex(stile_answer_json(a), "user", &user) ||
	    !json_object_object_get_ex(user, "token", &token))
		return NULL;
	snprintf(header, sizeof(header), "Authorization: Token %s",
	    json_object_get_string(token));
	stile_client_header(c, "Authorization", header +
	    strlen("Authorization: "));
	return header;
}

/* What is needed here is to be a user, and all of them are alike. */
static const char *
who(struct stile_client *c, const char *permissions)
{
	cr_expect_str_eq(permissions, STILE_ANY_USER);
	return log_in(c, "bob");
}

static int
write_articles(struct stile_client *c)
{
	const struct stile_answer	*a;
	int				 i;

	if (log_in(c, "ann") == NULL)
		return -1;
	for (i = 0; i < 3; i++) {
		a = stile_client_json(c, "POST", "/api/articles",
		    "{\"article\":{\"title\":\"It\",\"description\":\"d\","
		    "\"body\":\"b\",\"tagList\":[\"b\",\"a\",\"b\"]}}");
		if (a == NULL || stile_answer_status(a) != 201)
			return -1;
	}
	a = stile_client_json(c, "POST", "/api/articles/it-1/comments",
	    "{\"comment\":{\"body\":\"x\"}}");
	return a != NULL && stile_answer_status(a) == 201 ? 0 : -1;
}

Test(conduit, contract, .timeout = 120)
{
	static const char *const	values[] = {
		"slug=it-1", "slug=it-2", "slug=it-3", "username=ann",
		"username=bob", "id=1", NULL
	};
	const struct stile_contract	how = {
		.settings = in_memory, .values = values,
		.prepare = write_articles, .who = who,
	};

	cr_expect_eq(stile_test_contract(&app, &how), 0);
}

/* The document says how failures look, as they do. */
Test(conduit, failures_in_the_document)
{
	struct stile_client		*c = client_of(&app, in_memory);
	const struct stile_answer	*a;

	a = stile_client_get(c, "/openapi.json");
	EXPECT_ANSWER(a, 200, NULL, "document");
	cr_expect(strstr(body_of(a), "problem+json") == NULL);
	cr_expect(strstr(body_of(a), "\"Errors\":{\"type\":\"object\"") !=
	    NULL);
	/* What the application around them says is said of all. */
	cr_expect(strstr(body_of(a), "\"tags\":[\"comments\"]") != NULL);
	cr_expect(strstr(body_of(a), "\"security\":[{\"token\":[]}]") !=
	    NULL);
	stile_client_free(c);
}
