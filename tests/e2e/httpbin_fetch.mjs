// SPDX-License-Identifier: ISC
// What node's own fetch makes of httpbin, for httpbin.py: the argument is the
// URL; each test is a line of JSON, [name, got, want].

import { createHash, randomBytes } from "node:crypto";

const base = process.argv[2];

function eq(name, got, want)
{
	console.log(JSON.stringify([name, got ?? null, want]));
}

const ask = (path, options) => fetch(base + path, options);

async function json(path, options)
{
	return (await ask(path, options)).json();
}

// ---- what was sent

const got = await json("/get?a=1&a=2&b=%C3%A9", { headers: { "X-Own": "1" } });
eq("args", got.args, { a: ["1", "2"], b: "\u00e9" });
eq("a header", got.headers["X-Own"], "1");
eq("url", got.url, base + "/get?a=1&a=2&b=%C3%A9");
eq("origin", (await json("/ip")).origin, "127.0.0.1");

for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
	const path = "/" + method.toLowerCase();
	const form = await json(path, { method,
	    body: new URLSearchParams([["a", "1"], ["a", "2"], ["b", "& c"]]) });
	eq(method + " of a form", form.form, { a: ["1", "2"], b: "& c" });
	const data = await json(path, { method, body: '{"x":[1,"y"]}',
	    headers: { "Content-Type": "application/json" } });
	eq(method + " of JSON", data.json, { x: [1, "y"] });
}

const form = new FormData();
form.append("field", "\u00e9\r\nline");
form.append("file", new Blob(["one"], { type: "text/plain" }), "a.txt");
form.append("file", new Blob(["two"]), "b \"q\".txt");
const multi = await json("/post", { method: "POST", body: form });
eq("the field of a multipart form", multi.form, { field: "\u00e9\r\nline" });
eq("its files", multi.files, { file: ["one", "two"] });

// A body of unknown length, in chunks.
const chunks = new ReadableStream({
	start(c) {
		for (const s of ["a=", "1&", "b=2"])
			c.enqueue(new TextEncoder().encode(s));
		c.close();
	},
});
const chunked = await json("/post", { method: "POST", body: chunks,
    duplex: "half",
    headers: { "Content-Type": "application/x-www-form-urlencoded" } });
eq("a form in chunks", chunked.form, { a: "1", b: "2" });
eq("anything", (await json("/anything/x%20y", { method: "PUT" })).url,
    base + "/anything/x%20y");

const random = randomBytes(3 * 1024 * 1024);
const upload = new FormData();
upload.append("f", new Blob([random]), "r\u00efn.bin");
eq("3 MiB are uploaded whole",
    (await json("/upload", { method: "POST", body: upload })).files,
    [{ name: "f", filename: "r\u00efn.bin", type: "application/octet-stream",
       size: random.length,
       sha256: createHash("sha256").update(random).digest("hex") }]);

// ---- answers as asked for

for (const code of [200, 204, 404, 418, 500])
	eq("status " + code, (await ask("/status/" + code)).status, code);
for (const kind of ["redirect", "relative-redirect", "absolute-redirect"]) {
	const r = await ask("/" + kind + "/4");
	eq(kind, [r.redirected, r.url, r.status], [true, base + "/get", 200]);
	await r.text();
}
const manual = await ask("/redirect-to?url=/get&status_code=307",
    { redirect: "manual" });
eq("a redirect that is not followed",
    [manual.status, manual.headers.get("location")], [307, "/get"]);
eq("the body goes along with 307",
    (await json("/redirect-to?url=/post&status_code=307",
    { method: "POST", body: new URLSearchParams({ k: "v" }) })).form,
    { k: "v" });
const own = await ask("/response-headers?X-A=1&X-A=2");
eq("headers that were asked for", own.headers.get("x-a"), "1, 2");

const set = await ask("/cookies/set/a/1", { redirect: "manual" });
eq("a cookie is set", set.headers.get("set-cookie").split(";")[0], "a=1");
eq("and sent", await json("/cookies", { headers: { Cookie: "a=1; b=2" } }),
    { cookies: { a: "1", b: "2" } });

const basic = (s) => ({ headers: { Authorization: "Basic " + btoa(s) } });
eq("a password", await json("/basic-auth/u/p", basic("u:p")),
    { authenticated: true, user: "u" });
eq("a wrong one", (await ask("/basic-auth/u/p", basic("u:q"))).status, 401);
eq("a hidden one", (await ask("/hidden-basic-auth/u/p")).status, 404);
eq("a token", (await json("/bearer",
    { headers: { Authorization: "Bearer t" } })).token, "t");

// ---- caching, ranges, streams

const match = { headers: { "If-None-Match": '"v"' } };
eq("304", (await ask("/etag/v", match)).status, 304);
eq("412", (await ask("/etag/w",
    { headers: { "If-Match": '"v"' } })).status, 412);
const part = await ask("/range/26", { headers: { Range: "bytes=-3" } });
eq("a range", [part.status, await part.text(),
    part.headers.get("content-range")], [206, "xyz", "bytes 23-25/26"]);
eq("416", (await ask("/range/26",
    { headers: { Range: "bytes=26-" } })).status, 416);
eq("bytes", (await (await ask("/bytes/77")).arrayBuffer()).byteLength, 77);
const lines = (await (await ask("/stream/3")).text()).trim().split("\n");
eq("lines of JSON", lines.map((s) => JSON.parse(s).id), [0, 1, 2]);
const long = "x".repeat(2000);
eq("gzip is undone", (await json("/get?a=" + long)).args.a, long);

const drip = (await ask("/drip?numbytes=4&duration=1&delay=0")).body
    .getReader();
let pieces = 0, bytes = 0;
for (let r; !(r = await drip.read()).done; pieces++)
	bytes += r.value.length;
eq("drip", [bytes, pieces > 1], [4, true]);

// Given up half way: the next request is not hurt.
const control = new AbortController();
const cut = await ask("/drip?numbytes=50&duration=5&delay=0",
    { signal: control.signal });
await cut.body.getReader().read();
control.abort();
eq("after one was given up", (await ask("/ip")).status, 200);

// ---- pages

eq("json", (await json("/json")).slideshow.author, "Yours Truly");
const html = await ask("/html");
eq("a page", [html.headers.get("content-type"),
    html.headers.get("x-content-type-options"),
    (await html.text()).includes("</html>")],
    ["text/html; charset=utf-8", "nosniff", true]);
eq("an image", (await ask("/image", { headers: { Accept: "image/webp" } }))
    .headers.get("content-type"), "image/webp");
eq("406", (await ask("/image", { headers: { Accept: "text/css" } })).status,
    406);
eq("base64", await (await ask("/base64/4pyT")).text(), "\u2713");
const head = await ask("/get", { method: "HEAD" });
eq("HEAD", [head.status, await head.text()], [200, ""]);
const many = await Promise.all(Array.from({ length: 40 },
    (_, i) => json("/get?i=" + i)));
eq("many at once", many.map((j) => Number(j.args.i)),
    Array.from({ length: 40 }, (_, i) => i));
