// SPDX-License-Identifier: ISC
// The document: what references point at, and its operations in order.

let doc, docUrl;

const list = v => Array.isArray(v) ? v : [];
const object = v => v && typeof v == "object" && !Array.isArray(v) ? v : {};
const entries = v => Object.entries(object(v));

// RFC 6901.  Undefined for what is not there, or in another document.
const point = ref => {
	let at = doc, keys;
	try {
		keys = decodeURIComponent(ref).split("/");
	} catch {
		return undefined;
	}
	if (keys.shift() != "#")
		return undefined;
	for (let key of keys) {
		key = key.replace(/~1/g, "/").replace(/~0/g, "~");
		if (!at || typeof at != "object" || !Object.hasOwn(at, key))
			return undefined;
		at = at[key];
	}
	return at;
};

// A parameter, answer and so on, or what it refers to; not for schemas.
const deref = v => {
	let { $ref, ...rest } = object(v);
	for (let i = 0; typeof $ref == "string" && i < 20; i++) {
		const to = object(point($ref));
		rest = { ...to, ...rest };
		$ref = to.$ref;
	}
	return rest;
};

const union = (a, b) => [...new Set([...list(a), ...list(b)])];

// A schema that is one and the other; of what both say, the other's counts.
const both = (a, b) => {
	const s = { ...a, ...b };
	for (const key of ["properties", "patternProperties"])
		if (a[key] && b[key])
			s[key] = { ...a[key], ...b[key] };
	if (a.required && b.required)
		s.required = union(a.required, b.required);
	return s;
};

// A schema with what its $ref and allOf bring in.  Seen are the references on
// the way to it; cut: it is one of them.
const flat = (schema, seen = []) => {
	if (schema === false)
		return { s: { not: {} }, seen };
	const { $ref, allOf, ...own } = object(schema);
	let out = { s: {}, seen };
	if (typeof $ref == "string") {
		const name = $ref.replace(/^.*\//, "");
		const to = point($ref);
		if (to === undefined)
			return { s: own, seen, name, missing: true };
		if (seen.includes($ref))
			return { s: own, seen, name, cut: true };
		out = { ...flat(to, [...seen, $ref]), name,
			known: $ref == "#/components/schemas/" + name };
	}
	for (const part of list(allOf)) {
		const f = flat(part, seen);
		out.s = both(out.s, f.s);
		out.seen = union(out.seen, f.seen);
	}
	out.s = both(out.s, own);
	return out;
};

const types = s => {
	const t = list(s.type).length ? s.type : s.type ? [s.type] :
		s.properties || s.additionalProperties ? ["object"] :
		s.items || s.prefixItems ? ["array"] : [];
	return s.nullable ? union(t, ["null"]) : t;
};

const mainType = s => types(s).find(t => t != "null");

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch",
	"trace"];

// The path's parameters, and the operation's in their place.
const parameters = (item, op) => {
	const found = new Map();
	for (const raw of [...list(item.parameters), ...list(op.parameters)]) {
		const p = deref(raw);
		if (p.in == "header" &&
		    /^(accept|content-type|authorization)$/i.test(p.name))
			continue;
		found.set(p.in + " " + p.name, p);
	}
	return ["path", "query", "header", "cookie"].flatMap(place =>
		[...found.values()].filter(p => p.in == place));
};

const operation = (path, method, item, raw, hook) => {
	const op = object(raw);
	return {
		path, method: method.toUpperCase(), hook, raw: op,
		id: String(op.operationId || method + path),
		summary: op.summary || item.summary || "",
		description: op.description || item.description,
		tags: list(op.tags).map(String),
		params: parameters(item, op),
		body: op.requestBody && deref(op.requestBody),
		responses: entries(op.responses).map(([k, v]) => [k, deref(v)]),
		security: Array.isArray(op.security) ? op.security : list(doc.security),
		servers: [op.servers, item.servers, doc.servers].find(
			s => list(s).length) ?? [{ url: "/" }],
	};
};

const operations = () => [[doc.paths, false], [doc.webhooks, true]].flatMap(
	([paths, hook]) => entries(paths).flatMap(([path, raw]) => {
		const item = deref(raw);
		return METHODS.filter(m => object(item[m]) === item[m]).map(m =>
			operation(path, m, item, item[m], hook));
	}));

// By the first tag of each, in the order of the document's list of tags.
const groups = ops => {
	const found = new Map(list(doc.tags).map(t =>
		[String(t.name), { ...object(t), ops: [] }]));
	for (const op of ops) {
		const name = op.hook ? "Webhooks" : op.tags[0] ?? "Operations";
		if (!found.has(name))
			found.set(name, { name, ops: [] });
		found.get(name).ops.push(op);
	}
	return [...found.values()].filter(g => g.ops.length);
};

const schemes = () => object(object(doc.components).securitySchemes);
