// SPDX-License-Identifier: ISC
// A call: from what stands in a form to a URL, headers and a body, and to a
// line for curl.

// Reserved characters stay where the document says so, but for those that
// would end the value.
const percent = (text, p) => {
	const s = encodeURIComponent(text).replace(/[!'()*]/g,
		c => "%" + c.charCodeAt(0).toString(16).toUpperCase());
	return p.allowReserved ? s.replace(/%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B|3D)/g,
		decodeURIComponent) : s;
};

const pairsOf = text => {
	try {
		return entries(JSON.parse(text)).map(([k, v]) => [k, say(v)]);
	} catch {
		return [["", text]];
	}
};

// The value of a parameter: text, an array, or pairs of an object.
const readParam = (p, text) => {
	const kind = p.content ? "" : mainType(flat(p.schema).s);
	if (kind == "array")
		return { items: text.split("\n").filter(line => line) };
	return kind == "object" ? { pairs: pairsOf(text) } : { text };
};

// OpenAPI 3.1, Parameter Object: style and explode; RFC 6570.
const STYLES = { path: "simple", query: "form", header: "simple", cookie: "form" };

const joined = (v, explode, sep, name = "") => v.pairs ?
	v.pairs.map(kv => kv.join(explode ? "=" : ",")).join(explode ? sep : ",") :
	(v.items ?? [v.text]).map(one => explode ? name + one : one)
		.join(explode ? sep : ",");

const encoded = (v, p) => ({
	text: v.text != null ? percent(v.text, p) : undefined,
	items: v.items?.map(one => percent(one, p)),
	pairs: v.pairs?.map(kv => kv.map(one => percent(one, p))),
});

const pathValue = (p, text) => {
	const v = encoded(readParam(p, text), p);
	const explode = p.explode ?? false;
	switch (p.style) {
	case "label":
		return "." + joined(v, explode, ".");
	case "matrix":
		return ";" + (explode && v.pairs ? joined(v, true, ";") :
			explode ? joined(v, true, ";", p.name + "=") :
			p.name + "=" + joined(v, false));
	default:
		return joined(v, explode, ",");
	}
};

const queryPairs = (p, text) => {
	const v = encoded(readParam(p, text), p), name = percent(p.name, {});
	const explode = p.explode ?? (p.style ?? "form") == "form";
	if (p.style == "deepObject" && v.pairs)
		return v.pairs.map(([k, one]) => `${name}%5B${k}%5D=${one}`);
	if (explode)
		return v.pairs ? v.pairs.map(kv => kv.join("=")) :
			(v.items ?? [v.text]).map(one => name + "=" + one);
	const sep = { spaceDelimited: "%20", pipeDelimited: "%7C" }[p.style] ?? ",";
	return [name + "=" + (v.pairs?.flat() ?? v.items ?? [v.text]).join(sep)];
};

const serverUrl = (server, variables) => new URL(String(server.url ?? "/")
	.replace(/\{([^}]*)\}/g, (all, name) => variables[name] ??
		object(object(server.variables)[name]).default ?? all), docUrl);

// Values for authentication live here and nowhere else, until the page goes.
const secrets = new Map();
const secret = (name, part = "") => secrets.get(name + "\n" + part) ?? "";

const base64 = text => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

const authorize = (call, name) => {
	const s = deref(schemes()[name]), value = secret(name);
	const kind = s.type == "http" ? String(s.scheme).toLowerCase() : s.type;
	if (kind == "basic") {
		const user = secret(name, "user");
		if (user || value)
			call.user = user + ":" + value;
	} else if (!value)
		return;
	else if (kind != "apiKey")
		call.headers.push(["Authorization", (s.type == "http" &&
			kind != "bearer" ? s.scheme : "Bearer") + " " + value]);
	else if (s.in == "query")
		call.query.push(percent(s.name, {}) + "=" + percent(value, {}));
	else if (s.in == "cookie")
		call.cookies.push(s.name + "=" + value);
	else
		call.headers.push([s.name, value]);
};

// Values: [parameter, text] in the order of the document.
const makeCall = (op, base, params, names, body, accept) => {
	const call = { method: op.method, query: [], headers: [], cookies: [],
		problems: [], body };
	let path = op.path;
	for (const [p, text] of params) {
		if (p.in == "path" && (!text || /^\.\.?$/.test(text)))
			call.problems.push(text ? `${p.name}: “${text}” is no path segment` :
				`${p.name} is needed for the path`);
		else if (p.in == "path")
			path = path.replaceAll(`{${p.name}}`, () => pathValue(p, text));
		else if (!text)
			continue;
		else if (p.in == "query")
			call.query.push(...queryPairs(p, text));
		else if (p.in == "header")
			call.headers.push([p.name, joined(readParam(p, text),
				p.explode ?? false, ",")]);
		else
			call.cookies.push(p.name + "=" + joined(encoded(
				readParam(p, text), p), false));
	}
	for (const name of names)
		authorize(call, name);
	if (accept)
		call.headers.push(["Accept", accept]);
	if (body?.type)
		call.headers.push(["Content-Type", body.type]);
	call.url = base.href.replace(/[?#].*$/, "").replace(/\/$/, "") + path +
		(call.query.length ? "?" + call.query.join("&") : "");
	call.sameOrigin = base.origin == location.origin;
	return call;
};

// Why the browser cannot send it, or nothing.
const refusal = call => call.problems[0] ??
	(!call.sameOrigin ? "This server is of another origin: this page calls " +
		"only its own. The line for curl works." :
	call.method == "TRACE" ? "A browser does not send TRACE. " +
		"The line for curl works." :
	call.body && /^(GET|HEAD)$/.test(call.method) ? "A browser sends no body " +
		"with " + call.method + ". The line for curl works." : null);

// In single quotes a shell reads everything as it is, but for a single quote.
const quote = s => /^[\w@%+=:,./-]+$/.test(s) ? s :
	"'" + s.replaceAll("'", "'\\''") + "'";

const curlLine = call => {
	const usual = call.body ? "POST" : "GET";
	const words = ["curl" +
		(call.method == "HEAD" ? " --head" :
		call.method != usual ? " -X " + call.method : "") +
		(/[[\]{}]/.test(call.url) ? " -g" : "") + " " + quote(call.url)];
	if (call.user)
		words.push("-u " + quote(call.user));
	for (const [name, value] of call.headers)
		words.push("-H " + quote(value ? name + ": " + value : name + ";"));
	if (call.cookies.length)
		words.push("-b " + quote(call.cookies.join("; ")));
	for (const [option, value] of call.body?.curl ?? [])
		words.push(option + " " + quote(value));
	return words.join(" \\\n  ");
};

const fetchCall = (call, signal) => {
	const headers = new Headers(call.headers);
	if (call.user)
		headers.set("Authorization", "Basic " + base64(call.user));
	return fetch(call.url, { method: call.method, headers, signal,
		body: call.body?.send });
};
