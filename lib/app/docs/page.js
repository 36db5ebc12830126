// SPDX-License-Identifier: ISC
// The page: what the document says of itself, the index with its filter, and a
// row for each operation and schema, which is filled when it is opened.

const $ = id => document.getElementById(id);
const shown = new Map();	// by the address's hash: { row, entry, words }

const badge = method => h("span.method.m-" + method.toLowerCase(), null, method);

// ---- servers ----------------------------------------------------------------

const serverForm = (op, changed) => {
	const pick = select(op.servers.map((s, i) => [i, s.description ?
		s.description + " — " + s.url : s.url]), 0);
	const place = h("div.fields");
	let read = [];
	const server = () => object(op.servers[pick.value]);
	const choose = () => {
		read = entries(server().variables).map(([name, v]) => ({ name, e: v.enum ?
			select(list(v.enum).map(x => [x]), v.default) :
			input({ value: v.default ?? "" }) }));
		clear(place, read.map(({ name, e }) => labelled(h("code", null, name), e)));
	};
	choose();
	pick.addEventListener("change", () => {
		choose();
		changed();
	});
	const plain = op.servers.length == 1 && !read.length;
	return { node: !plain && h("fieldset", null, h("legend", null, "Server"),
		op.servers.length > 1 && labelled("URL", pick), place),
		base: () => serverUrl(server(), Object.fromEntries(read.map(
			({ name, e }) => [name, e.value]))) };
};

// ---- an operation -----------------------------------------------------------

const PLACES = { path: "In the path", query: "In the query",
	header: "Headers", cookie: "Cookies" };

const paramRows = op => Object.keys(PLACES).map(place => {
	const of = op.params.filter(p => p.in == place);
	return of.length > 0 && [h("h5", null, PLACES[place]), h("ul.rows", null,
		of.map(p => row(h("code.name", null, p.name), { seen: [],
			schema: p.schema ?? entries(p.content)[0]?.[1].schema,
			description: p.description, required: p.required,
			deprecated: p.deprecated, extra: exampleRows(p) })))];
});

const exampleRows = (p, type) => {
	const all = mediaExamples({ examples: p.examples, example: p.example });
	return all.map(([name, v]) => lazy("details.part", null,
		all.length > 1 || name != "Example" ? ["Example: ", name] : "Example",
		() => h("pre", null, h("code", null, type ? asText(v, type) : say(v)))));
};

const mediaRows = (content, mode) => entries(content).map(([type, raw]) => {
	const m = object(raw);
	const named = exampleRows(m, type);
	const made = !named.length && m.schema && mediaExamples(m, mode)[0];
	return h("div.media", null, h("p.type", null, h("code", null, type)),
		m.schema !== undefined && schemaBox(m.schema), named,
		made && isText(type) && lazy("details.part", null, "An example",
			() => h("pre", null, h("code", null, asText(made[1], type)))));
});

const answerRow = ([status, r], open) => lazy("details.part.reply", { open },
	[h(`strong.code.s${status[0]}`, null, status), " ", h("span", null,
		inline(r.description ?? ""))],
	() => {
		const headers = entries(r.headers).map(([n, raw]) => [n, deref(raw)]);
		const links = entries(r.links).map(([n, raw]) => [n, deref(raw)]);
		return [
			headers.length > 0 && [h("h5", null, "Headers"), h("ul.rows", null,
				headers.map(([n, p]) => row(h("code.name", null, n), { ...p,
					seen: [] })))],
			mediaRows(r.content, "out"),
			links.length > 0 && h("p.values", null, h("span.muted", null,
				"Leads to "), commas(links.map(([n, l]) => l.operationId ?
				h("a", { href: "#" + encodeURIComponent(l.operationId) }, n) : n))),
			!headers.length && !entries(r.content).length && !links.length &&
				h("p.muted", null, "No body."),
		];
	});

const securityWords = op => {
	if (!op.security.some(need => entries(need).length))
		return null;
	return h("p", null, h("span.muted", null, "Authentication "), op.security.map(
		(need, i) => [i > 0 && " or ", entries(need).length ? entries(need).map(
			([name, scopes], k) => [k > 0 && " and ",
				h("a", { href: "#authentication" }, name),
				list(scopes).length > 0 && [" (", commas(list(scopes).map(
					s => h("code", null, s))), ")"]]) :
			"none"]));
};

const operationBody = op => {
	const form = !op.hook && tryForm(op);
	const ok = op.responses.find(([s]) => s[0] == "2") ?? op.responses[0];
	return h("div.op-body", null, h("div.about", null,
		form && h("button.small.jump", { type: "button", click: () => {
			form.scrollIntoView();
			form.querySelector("input, select, textarea, button").focus({
				preventScroll: true });
		} }, "Try it"),
		op.raw.deprecated && h("p.warn", null, "Deprecated: do not use it anew."),
		prose(op.description), externalDocs(op.raw.externalDocs),
		securityWords(op),
		op.tags.length > 1 && h("p.facts", null, op.tags.map(t =>
			h("span.fact", null, t))),
		op.params.length > 0 && [h("h4", null, "Parameters"), paramRows(op)],
		op.body && [h("h4", null, "Request body ", op.body.required &&
			h("span.flag.must", null, "required")),
		prose(op.body.description), mediaRows(op.body.content, "in")],
		op.responses.length > 0 && [h("h4", null, "Answers"),
			op.responses.map(r => answerRow(r, r == ok))],
		entries(op.raw.callbacks).length > 0 && [h("h4", null, "Callbacks"),
			entries(op.raw.callbacks).map(([name, c]) => h("p", null, name, ": ",
				commas(entries(deref(c)).map(([url]) => code(url)))))]),
	form);
};

const externalDocs = d => d && h("p", null, link(d.url, d.description ?? d.url));

// ---- rows and their entries in the index ------------------------------------

const address = id => "#" + encodeURIComponent(id);

const addRow = (id, row, entry, words) => {
	while (shown.has(id))
		id += "~";
	shown.set(id, { row, entry, words: words.toLowerCase() });
	entry.firstChild.href = address(id);
	row.addEventListener("toggle", () => {
		if (row.open && location.hash != address(id))
			history.replaceState(null, "", address(id));
	});
	return row;
};

const operationRow = (op, menu) => {
	const old = op.raw.deprecated;
	const entry = h("li", null, h("a", { title: op.path }, badge(op.method), " ",
		h(old ? "s.path" : "span.path", null, op.path)));
	menu.append(entry);
	return addRow(op.id, lazy("details.op", null, [badge(op.method), " ",
		h("h3", null, h(old ? "s.path" : "span.path", null,
			op.path.split("/").flatMap((s, i) => i ? ["/", h("wbr"), s] : [s]))),
		" ", h("span.summary", null, op.summary),
		old && h("span.flag.old", null, "deprecated")], () => operationBody(op)),
	entry, [op.method, op.path, op.id, op.summary, ...op.tags].join(" "));
};

const groupRows = (g, nav, title, rows) => {
	const menu = h("ul"), name = newId();
	const part = h("section", { "aria-labelledby": name },
		h("h2", { id: name }, title), prose(g.description),
		externalDocs(g.externalDocs), rows(menu));
	const heading = h("section", null, h("h2", null, title), menu);
	nav.append(heading);
	parts.push([part, heading]);
	return part;
};

const parts = [];	// sections with their place in the index

const schemaRow = (name, schema, menu) => {
	const entry = h("li", null, h("a", null, h("span.path", null, name)));
	menu.append(entry);
	return addRow("schema:" + name, lazy("details.op", null, [
		h("h3", null, h("span.path", null, name)), " ", h("span.summary", null,
			flat(schema).s.title ?? "")], () => h("div.op-body", null,
		h("div.about", null, namedBox(name, schema)))), entry, "schema " + name);
};

// ---- the head ---------------------------------------------------------------

const flowWords = s => entries(s.flows).map(([kind, f]) => h("p.facts", null,
	kind, " ", [f.authorizationUrl, f.tokenUrl].filter(isNode).map(u =>
		[link(u, u), " "]),
	commas(entries(f.scopes).map(([n, what]) => [code(n), " ", what]))));

const authSection = () => {
	const names = Object.keys(schemes());
	if (!names.length)
		return null;
	const d = lazy("details.op", null, h("h2", null, "Authentication"),
		() => h("div.op-body", null, h("div.about", null, h("p.muted", null,
			"Values are kept in this page only, until it is left."),
		names.map(name => [schemeForm(name), flowWords(deref(schemes()[name]))]))));
	shown.set("authentication", { row: d });
	return d;
};

const about = info => h("header", null,
	h("p.kind", null, "API reference"),
	h("h1", null, info.title ?? "API", " ", info.version &&
		h("span.version", null, info.version)),
	info.summary && h("p.lead", null, info.summary),
	prose(info.description),
	h("p.facts", null, [
		link(docUrl, "OpenAPI document"),
		info.contact && (info.contact.url ?
			link(info.contact.url, info.contact.name ?? info.contact.url) :
			info.contact.email ? link("mailto:" + info.contact.email,
				info.contact.name ?? info.contact.email) : info.contact.name),
		info.license && (info.license.url ?
			link(info.license.url, info.license.name) : info.license.name),
		info.termsOfService && link(info.termsOfService, "Terms"),
		doc.externalDocs && link(doc.externalDocs.url,
			doc.externalDocs.description ?? "More"),
	].filter(isNode).map(e => h("span.fact", null, e))),
	list(doc.servers).length > 0 && h("ul.servers", null, doc.servers.map(s =>
		h("li", null, h("span.muted", null, "Server "), h("code", null, s.url),
			" ", h("span.muted", null, s.description)))));

// ---- the filter, and addresses ----------------------------------------------

const filter = () => {
	const words = $("filter").value.toLowerCase().split(/\s+/).filter(w => w);
	let n = 0, all = 0;
	for (const { row, entry, words: own } of shown.values()) {
		if (!entry)
			continue;
		const hide = !words.every(w => own.includes(w));
		row.hidden = entry.hidden = hide;
		all++;
		n += !hide;
	}
	for (const [part, heading] of parts)
		part.hidden = heading.hidden = !heading.querySelector("li:not([hidden])");
	$("count").textContent = words.length ? n + " of " + all : "";
};

const follow = () => {
	let id;
	try {
		id = decodeURIComponent(location.hash.slice(1));
	} catch {
		return;
	}
	const to = shown.get(id);
	if (!to)
		return;
	if (to.row.hidden) {
		$("filter").value = "";
		filter();
	}
	to.row.fill();
	to.row.open = true;
	document.querySelector("[aria-current]")?.removeAttribute("aria-current");
	to.entry?.firstChild.setAttribute("aria-current", "true");
	to.entry?.scrollIntoView({ block: "nearest" });
	to.row.scrollIntoView();
	to.row.firstChild.focus({ preventScroll: true });
};

// ---- the beginning ----------------------------------------------------------

const show = () => {
	const ops = operations(), nav = $("nav");
	const named = entries(object(doc.components).schemas);
	const title = object(doc.info).title;
	document.title = title ? title + " – API reference" : "API reference";
	clear($("content"), about(object(doc.info)), authSection(),
		groups(ops).map(g => groupRows(g, nav, g.name, menu =>
			g.ops.map(op => operationRow(op, menu)))),
		!ops.length && h("p", null, "The document has no operations."),
		named.length > 0 && groupRows({}, nav, "Schemas", menu =>
			named.map(([name, s]) => schemaRow(name, s, menu))));
	const wide = matchMedia("(min-width: 60rem)");
	const fold = () => $("index").open = wide.matches;
	wide.addEventListener("change", fold);
	fold();
	$("side").hidden = false;
	$("filter").addEventListener("input", filter);
	document.addEventListener("click", event => {
		const a = event.target.closest?.("a[href^='#']");
		if (!a || a.id == "skip")
			return;
		if (!wide.matches && $("nav").contains(a))
			$("index").open = false;
		if (a.hash == location.hash)
			follow();
	});
	addEventListener("hashchange", follow);
	follow();
};

const load = async () => {
	const url = document.querySelector("meta[name=openapi]").content;
	docUrl = new URL(url, location.href).href;
	let what = "cannot be fetched";
	try {
		const res = await fetch(docUrl, { headers: { Accept: "application/json" } });
		if (!res.ok)
			throw new Error("the answer was " + res.status + " " + res.statusText);
		const text = await res.text();
		what = "is not JSON";
		doc = JSON.parse(text);
		what = "is not an OpenAPI document of version 3";
		if (!/^3\./.test(object(doc).openapi))
			throw new Error("its member openapi is " +
				JSON.stringify(object(doc).openapi));
		what = "cannot be shown";
		show();
	} catch (e) {
		clear($("content"), h("div.failure", { role: "alert" },
			h("h1", null, "No reference"), h("p", null, "The OpenAPI document ",
				h("a", { href: docUrl }, docUrl), " ", what, ": ",
				e.message, "."),
			h("button", { type: "button", click: () => location.reload() },
				"Try again")));
	} finally {
		$("content").removeAttribute("aria-busy");
	}
};

$("skip").addEventListener("click", event => {
	event.preventDefault();
	$("content").focus();
});
load();
