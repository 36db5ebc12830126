// SPDX-License-Identifier: ISC
// An example made from a schema, where the document has none.

const FORMATS = {
	"date-time": "2026-01-31T12:00:00Z", date: "2026-01-31", time: "12:00:00Z",
	duration: "PT1H", email: "someone@example.com", hostname: "example.com",
	ipv4: "192.0.2.1", ipv6: "2001:db8::1", uri: "https://example.com/",
	"uri-reference": "/path", uuid: "7f4df2a0-8c1e-4b7a-9d3e-2c5b6a7f8e90",
};

const sampleText = s => {
	if (Object.hasOwn(FORMATS, s.format))
		return FORMATS[s.format];
	return "text".padEnd(Math.min(s.minLength ?? 0, 1000), "text").slice(0,
		s.maxLength ?? Infinity);
};

const sampleNumber = (s, whole) => {
	const step = s.multipleOf > 0 ? s.multipleOf : 1;
	const above = s.exclusiveMinimum === true ? s.minimum : s.exclusiveMinimum;
	let n = typeof above == "number" ? above + (whole ? 1 : step / 2) :
		s.minimum ?? 0;
	if (s.multipleOf > 0)
		n = Math.ceil(n / step) * step;
	const max = typeof s.exclusiveMaximum == "number" ?
		s.exclusiveMaximum - step : s.maximum;
	return max != null && n > max ? max : n;
};

const sampleObject = (s, mode, seen) => {
	const out = {};
	for (const [name, p] of entries(s.properties)) {
		const f = flat(p, seen).s;
		if (f.deprecated || (mode == "in" ? f.readOnly : f.writeOnly))
			continue;
		const v = sample(p, mode, seen);
		if (v !== undefined)
			Object.defineProperty(out, name, { value: v, enumerable: true });
	}
	if (isMap(s)) {
		const v = sample(s.additionalProperties, mode, seen);
		if (v !== undefined)
			out.name = v;
	}
	return out;
};

const sampleChoice = (s, mode, seen) => {
	const { oneOf, anyOf, discriminator: d, ...own } = s;
	const all = list(oneOf ?? anyOf);
	const first = all.find(c => !flat(c, seen).cut &&
		mainType(flat(c, seen).s) != null) ?? all[0];
	const v = sample(first, mode, seen);
	const rest = own.properties ? sampleObject(own, mode, seen) : {};
	if (!v || typeof v != "object" || Array.isArray(v))
		return v;
	const out = { ...rest, ...v };
	if (d && first.$ref) {
		const name = first.$ref.replace(/^.*\//, "");
		const known = entries(d.mapping).find(([, ref]) =>
			String(ref).replace(/^.*\//, "") == name);
		out[d.propertyName] = known ? known[0] : name;
	}
	return out;
};

// Undefined where a schema would be inside itself for ever, and where it has
// become so large that nobody reads it.
let room = 0;

const sample = (schema, mode, seen = []) => {
	const f = flat(schema, seen), { s } = f;
	if (!seen.length)
		room = 1000;
	if (f.cut || f.missing || room-- <= 0)
		return undefined;
	for (const v of [examples(s)[0], s.const, s.default, list(s.enum)[0]])
		if (v !== undefined)
			return v;
	if (s.oneOf || s.anyOf)
		return sampleChoice(s, mode, f.seen);
	switch (mainType(s)) {
	case "object":
		return sampleObject(s, mode, f.seen);
	case "array": {
		const given = list(s.prefixItems).map(p => sample(p, mode, f.seen));
		const v = s.items && sample(s.items, mode, f.seen);
		while (v !== undefined && given.length < Math.min(s.minItems ?? 1, 20) ||
		    v !== undefined && !given.length && s.maxItems !== 0)
			given.push(v);
		return given.filter(g => g !== undefined);
	}
	case "string":
		return sampleText(s);
	case "integer":
		return sampleNumber(s, true);
	case "number":
		return sampleNumber(s, false);
	case "boolean":
		return true;
	}
	return null;
};

// Examples of a media type: [name, value], the document's own first.
const mediaExamples = (media, mode) => {
	const own = entries(media.examples).map(([name, raw]) => {
		const e = deref(raw);
		return [e.summary || name, e.value ?? e.externalValue];
	});
	if (media.example !== undefined)
		own.push(["Example", media.example]);
	if (media.schema !== undefined && !own.length) {
		const v = sample(media.schema, mode);
		if (v !== undefined)
			own.push(["Made from the schema", v]);
	}
	return own;
};

const isJson = type => /[/+]json\b/i.test(type);
const isText = type => isJson(type) ||
	/^text\/|[/+](xml|yaml|javascript|x-ndjson|json-seq|x-www-form-urlencoded)\b/i
		.test(type);

const asText = (v, type) => typeof v == "string" && !isJson(type) ? v :
	JSON.stringify(v, null, 2);
