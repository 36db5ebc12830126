// SPDX-License-Identifier: ISC
// A client whose types are made of the document of notes, for openapi.py: the
// argument is the URL; each test is a line of JSON, [name, got, want].  That it
// compiles is a test, too.

import createClient from "openapi-fetch";
import type { components, paths } from "./notes.js";

type Note = components["schemas"]["Note"];

const client = createClient<paths>({ baseUrl: process.argv[2]! });

function eq<T>(name: string, got: T | undefined, want: T)
{
	console.log(JSON.stringify([name, got ?? null, want]));
}

const made = await client.POST("/notes", {
	body: { title: "Buy milk", body: "", done: false } });
const milk: Note = { id: 1, title: "Buy milk", body: "", done: false };
eq("create", made.data, milk);
eq("status", made.response.status, 201);

const list = await client.GET("/notes", { params: { query: { limit: 5 } } });
eq("list", list.data, [milk]);

const params = { path: { id: 1 } };
const shown = await client.GET("/notes/{id}", { params });
eq("show", shown.data, milk);

const put = await client.PUT("/notes/{id}", { params,
	body: { title: "Milk", body: "two", done: true } });
eq("replace", put.data, { id: 1, title: "Milk", body: "two", done: true });

const patched = await client.PATCH("/notes/{id}", { params,
	body: { done: null } });
eq("change", patched.data, { id: 1, title: "Milk", body: "two",
	done: false });

const wrong = await client.POST("/notes", {
	body: { title: "", body: "", done: false } });
eq("an error's status", wrong.response.status, 422);
if (wrong.error && "errors" in wrong.error) {
	const errors = wrong.error.errors as
	    components["schemas"]["ValidationProblem"]["errors"];
	eq("and what is wrong", errors.map(e => [e.in, e.pointer, e.code]),
	    [["body", "/title", "too_short"]]);
} else
	eq("a typed error", wrong.error, undefined);

const gone = await client.DELETE("/notes/{id}", { params });
eq("delete", gone.response.status, 204);
const none = await client.GET("/notes/{id}", { params });
const problem: components["schemas"]["Problem"] | undefined = none.error;
eq("it is gone", problem?.status, 404);
eq("as its title says", problem?.title, "Not Found");

// @ts-expect-error: a title is text
await client.POST("/notes", { body: { title: 1 } });
