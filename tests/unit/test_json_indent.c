/* SPDX-License-Identifier: ISC */
/* lib/codec/json_indent.c: JSON in pieces, and for people. */
#include "unit.h"

#include "codec/json.h"

static void
expect(const char *json, const char *want)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_buf	*b = stile_buf_new(a, SIZE_MAX);

	stile__json_indent(b, stile_str(json));
	cr_expect_eq(stile_buf_err(b), STILE_OK);
	EXPECT_STR(stile_buf_view(b).p, want, "%s", json);
	stile_arena_free(a);
}

Test(json_indent, lines)
{
	expect("1", "1\n");
	expect("{}", "{}\n");
	expect("[[],{}]", "[\n  [],\n  {}\n]\n");
	expect("{\"a\":1,\"b\":[true,null]}",
	    "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null\n  ]\n}\n");
}

/* What is inside texts stays as it is. */
Test(json_indent, texts)
{
	expect("{\"{a:,\":\"}]\\\",[\"}", "{\n  \"{a:,\": \"}]\\\",[\"\n}\n");
	expect("[\"\\\\\",\"\"]", "[\n  \"\\\\\",\n  \"\"\n]\n");
}

Test(json_indent, commas)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_buf	*b = stile_buf_new(a, SIZE_MAX);

	stile__json_next(b);
	stile_buf_putc(b, '{');
	stile__json_key(b, "a{");
	stile_json_write_str(b, STR("["));
	stile__json_key(b, "\"");
	stile_buf_putc(b, '[');
	stile__json_next(b);
	stile_buf_puts(b, "1");
	stile__json_next(b);
	stile_buf_puts(b, "2]}");
	EXPECT_STR(stile_buf_view(b).p, "{\"a{\":\"[\",\"\\\"\":[1,2]}",
	    "an object");
	stile_arena_free(a);
}
