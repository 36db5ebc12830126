// SPDX-License-Identifier: ISC
// Schemas for people: a line of facts each, and what is inside below it.

const say = v => typeof v == "string" ? v : JSON.stringify(v);
const code = v => h("code", null, say(v));
const commas = nodes => nodes.flatMap((n, i) => i ? [", ", n] : [n]);

const range = (min, max, one, many = one + "s") => {
	const n = max ?? min;
	const unit = one && " " + (n === 1 ? one : many);
	if (min != null && max != null)
		return (min === max ? "exactly " + n : min + " to " + max) + unit;
	return min != null ? "at least " + n + unit :
		max != null ? "at most " + n + unit : null;
};

// 3.0 has exclusive bounds as true beside the bound.
const bounds = s => {
	const above = s.exclusiveMinimum === true ? s.minimum : s.exclusiveMinimum;
	const below = s.exclusiveMaximum === true ? s.maximum : s.exclusiveMaximum;
	const has = v => typeof v == "number";
	return [
		has(above) && "more than " + above,
		has(below) && "less than " + below,
		range(s.exclusiveMinimum === true ? null : s.minimum,
			s.exclusiveMaximum === true ? null : s.maximum, ""),
		s.multipleOf != null && "multiple of " + s.multipleOf,
	];
};

// What has no words of its own here is shown as it stands.
const OTHERS = ["contains", "dependentRequired", "dependentSchemas", "else",
	"if", "not", "propertyNames", "then", "unevaluatedItems",
	"unevaluatedProperties"];

const facts = (s, named) => [
	// A name alone does not say what is sent.
	named && !/^(object|array)$/.test(mainType(s) ?? "object") && mainType(s),
	s.format,
	s.contentMediaType, s.contentEncoding,
	...bounds(s),
	range(s.minLength || null, s.maxLength, "character"),
	range(s.minItems || null, s.maxItems, "item"),
	range(s.minProperties || null, s.maxProperties, "member"),
	s.uniqueItems && "no item twice",
	s.pattern != null && ["pattern ", code(s.pattern)],
	s.const !== undefined && ["always ", code(s.const)],
	s.default !== undefined && ["default ", code(s.default)],
	...OTHERS.filter(k => s[k] !== undefined).map(k => [k + " ", code(s[k])]),
].filter(isNode).map(f => h("span.fact", null, f));

const schemaLink = name => h("a", { href: "#schema:" + encodeURIComponent(name) },
	name);

// "array of Note or null"
const typeWords = (schema, seen = []) => {
	const f = flat(schema, seen), { s } = f;
	if (f.known || f.cut)
		return [schemaLink(f.name), types(s).includes("null") && " or null"];
	if (f.missing)
		return [f.name, " (not in this document)"];
	const one = s.oneOf ?? s.anyOf;
	if (one)
		return [s.oneOf ? "one of " : "any of ", commas(list(one).map(
			c => typeWords(c, f.seen)))];
	const names = types(s).map(t => t == "array" && s.items ?
		["array of ", typeWords(s.items, f.seen)] :
		t == "object" && isMap(s) ?
		["map of ", typeWords(s.additionalProperties, f.seen)] : t);
	if (!names.length)
		return s.enum || s.const !== undefined ? ["value"] : ["anything"];
	return names.flatMap((n, i) => i ? [" or ", n] : [n]);
};

const isMap = s => !s.properties && s.additionalProperties &&
	typeof s.additionalProperties == "object";

const examples = s => [...list(s.examples),
	...s.example !== undefined ? [s.example] : []];

const values = s => [
	s.enum && h("p.values", null, h("span.muted", null, "One of "),
		commas(list(s.enum).map(code))),
	examples(s).length > 0 && h("p.values", null,
		h("span.muted", null, "For example "), commas(examples(s).map(code))),
];

const flags = (s, required) => [
	required && h("span.flag.must", null, "required"),
	s.deprecated && h("span.flag.old", null, "deprecated"),
	s.readOnly && h("span.flag", null, "read only"),
	s.writeOnly && h("span.flag", null, "write only"),
];

// One line of a list: a parameter, a member, a header.
const row = (name, { schema, description, required, seen, extra, deprecated }) => {
	const f = flat(schema, seen);
	const old = deprecated && !f.s.deprecated;
	return h("li.row", null,
		h("p.head", null, name, h("span.type", null, typeWords(schema, seen)),
			facts(f.s, f.known),
			flags(old ? { ...f.s, deprecated } : f.s, required)),
		prose(description ?? f.s.description), values(f.s), extra,
		inside(schema, seen, true));
};

const member = (name, schema, seen, required) => row(
	typeof name == "string" ? h("code.name", null, name) : name,
	{ schema, seen, required });

const members = (s, seen) => [
	...entries(s.properties).map(([name, p]) =>
		member(name, p, seen, list(s.required).includes(name))),
	...entries(s.patternProperties).map(([re, p]) =>
		member(h("span.name.any", null, "names like ", code(re)), p, seen)),
	s.additionalProperties && typeof s.additionalProperties == "object" &&
		member(h("span.name.any", null, "any name"), s.additionalProperties,
			seen),
	...list(s.prefixItems).map((p, i) =>
		member(h("span.name.any", null, "item " + (i + 1)), p, seen)),
].filter(isNode);

const discriminator = d => d && h("p.values", null,
	h("span.muted", null, "Told apart by "), h("code", null, d.propertyName),
	d.mapping && [": ", commas(entries(d.mapping).map(([value, ref]) =>
		[code(value), " is ", schemaLink(String(ref).replace(/^.*\//, ""))]))]);

const choices = (all, s, seen) => [
	discriminator(s.discriminator),
	h("ul.choices", null, list(all).map(c => h("li", null,
		hasInside(c, seen) ?
			lazy("details.part", null,
				// As a text: no links in what is itself clicked.
				h("span", null, choiceName(c, seen)).textContent,
				() => schemaBox(c, seen)) :
			h("p", null, choiceName(c, seen), " ", facts(flat(c, seen).s))))),
];

const choiceName = (c, seen) => {
	const f = flat(c, seen);
	return f.s.title && f.s.title != f.name ?
		[f.s.title, " (", typeWords(c, seen), ")"] : typeWords(c, seen);
};

const hasInside = (schema, seen) => {
	const f = flat(schema, seen), { s } = f;
	return !f.cut && Boolean(members(s, f.seen).length || s.oneOf || s.anyOf ||
		s.items && (hasInside(s.items, f.seen) ||
		facts(flat(s.items, f.seen).s).length || flat(s.items, f.seen).s.enum));
};

// Below a schema's own line.  A schema inside itself is a link and no more.
const inside = (schema, seen, fold) => {
	const f = flat(schema, seen), { s } = f;
	if (f.cut)
		return h("p.muted", null, "As above: ", schemaLink(f.name));
	if (!hasInside(schema, seen))
		return null;
	const build = () => {
		const rows = members(s, f.seen);
		const item = s.items && flat(s.items, f.seen);
		return [
			rows.length > 0 && h("ul.rows", null, rows),
			s.additionalProperties === false &&
				h("p.muted", null, "No other members."),
			s.oneOf && choices(s.oneOf, s, f.seen),
			s.anyOf && choices(s.anyOf, s, f.seen),
			item && (item.s.properties && !item.cut ?
				inside(s.items, f.seen) : h("ul.rows", null, member(
				h("span.name.any", null, "each item"), s.items, f.seen))),
		];
	};
	return fold ? lazy("details.part", null, foldName(s, f.seen), build) : build();
};

const foldName = (s, seen) => {
	const item = s.items ? flat(s.items, seen).s : s;
	const n = entries(item.properties).length;
	return n ? range(n, n, "member").replace("exactly ", "") +
		(s.items ? " of each item" : "") :
		s.oneOf || s.anyOf ? "The choices" :
		s.items || s.prefixItems ? "The items" : "The members";
};

const schemaBox = (schema, seen) => {
	const f = flat(schema, seen);
	return h("div.schema", null,
		h("p.head", null, h("span.type", null, typeWords(schema, seen)),
			facts(f.s, f.known), flags(f.s)),
		prose(f.s.description), values(f.s), inside(schema, seen));
};

// For what is itself named: its own name says nothing new.
const namedBox = (name, schema) =>
	schemaBox(schema, ["#/components/schemas/" + name]);
