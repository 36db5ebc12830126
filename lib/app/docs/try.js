// SPDX-License-Identifier: ISC
// The form to try an operation.

const labelled = (text, input, hint) => {
	input.id = newId();
	const note = hint && h("p.hint", { id: input.id + "h" }, hint);
	if (note)
		input.setAttribute("aria-describedby", note.id);
	return h("div.field", null, h("label", { for: input.id }, text), input, note);
};

const select = (options, chosen) => h("select", null, options.map(([value, text]) =>
	h("option", { value, selected: value === chosen }, text ?? value)));

const input = attrs => h("input", { type: "text", autocomplete: "off",
	spellcheck: "false", ...attrs });

const area = (rows, text, attrs) => {
	const t = h("textarea", { rows, spellcheck: "false", autocomplete: "off",
		...attrs });
	t.value = text;
	return t;
};

// ---- parameters -------------------------------------------------------------

const given = (s, p) => {
	const own = p && mediaExamples({ examples: p.examples, example: p.example })[0];
	const v = own ? own[1] : examples(s)[0] ?? (p?.required || p?.in == "path" ?
		sample(s, "in") : undefined);
	return v == null ? "" : mainType(s) == "array" ? list(v).map(say).join("\n") :
		say(v);
};

const valueInput = (s, text, attrs) => {
	const kind = mainType(s);
	if (s.enum || kind == "boolean")
		return select([["", "not sent"], ...(s.enum ?? [true, false]).filter(
			v => v != null).map(v => [say(v)])], text);
	if (kind == "array" || kind == "object")
		return area(2, text, attrs);
	return input({ value: text, ...attrs, inputmode:
		kind == "integer" ? "numeric" : kind == "number" ? "decimal" : null });
};

const HINTS = { array: "One value a line.", object: "An object in JSON." };

const paramField = p => {
	const media = entries(p.content)[0]?.[1];
	const { s } = flat(media ? media.schema : p.schema);
	const e = media ? area(2, "") : valueInput(s, given(s, p), {
		"aria-required": p.required ? "true" : null,
		placeholder: s.default != null ? say(s.default) : null });
	return { p, e, node: labelled([h("code", null, p.name), " ",
		h("span.muted", null, p.in), p.required && h("span.flag.must", null,
			"required")], e, [media ? "In JSON." : HINTS[mainType(s)],
		p.in == "cookie" && " A browser sends its own cookies only: this one is " +
			"in the line for curl and not sent from here."].filter(isNode)) };
};

// ---- the body ---------------------------------------------------------------

const isForm = type => /^(multipart\/form-data|application\/x-www-form-urlencoded)/i
	.test(type);

const isFile = s => s.format == "binary" || s.contentMediaType &&
	!s.contentEncoding && !isText(s.contentMediaType);

const formBody = (type, media) => {
	const { s, seen } = flat(media.schema);
	const made = sample(media.schema, "in") ?? {};
	const multipart = /^multipart/i.test(type);
	const fields = entries(s.properties).map(([name, raw]) => {
		const { s: p } = flat(raw, seen);
		if (p.readOnly)
			return null;
		const item = mainType(p) == "array" ? flat(p.items, seen).s : p;
		const file = multipart && isFile(item);
		const v = made[name];
		const e = file ? h("input", { type: "file", multiple: item != p }) :
			valueInput(p, v == null ? "" : item != p ?
				list(v).map(say).join("\n") : say(v));
		return { name, e, file, many: item != p, node: labelled(
			[h("code", null, name), list(s.required).includes(name) &&
				h("span.flag.must", null, "required")], e,
			file ? null : HINTS[mainType(p)]) };
	}).filter(isNode);
	const read = () => {
		const send = multipart ? new FormData() : new URLSearchParams();
		const curl = [];
		const text = (name, v) => {
			send.append(name, v);
			curl.push(multipart ? ["--form-string", name + "=" + v] :
				["--data-urlencode", encodeURIComponent(name) + "=" + v]);
		};
		for (const { name, e, file, many } of fields) {
			for (const f of file ? e.files : []) {
				send.append(name, f);
				curl.push(["-F", `${name}=@"${f.name.replace(/["\\]/g, "\\$&")}"` +
					(f.type ? ";type=" + f.type : "")]);
			}
			if (!file && e.value)
				for (const v of many ? e.value.split("\n") : [e.value])
					text(name, v);
		}
		// With multipart the browser, as curl, adds the boundary.
		return curl.length ? { send, curl, type: multipart ? null : type } : null;
	};
	return { node: h("div.fields", null, fields.map(f => f.node)), read };
};

const textBody = (type, media, changed) => {
	const made = mediaExamples(media, "in").map(([name, v]) =>
		[name, asText(v, type)]);
	const e = area(Math.min(18, (made[0]?.[1] ?? "").split("\n").length + 1),
		made[0]?.[1] ?? "", { "aria-label": "Body" });
	const wrong = h("p.hint.wrong", { role: "status" });
	const pick = made.length > 1 && select(made.map(([name], i) => [i, name]), 0);
	const check = () => {
		wrong.textContent = "";
		if (isJson(type) && e.value.trim())
			try {
				JSON.parse(e.value);
			} catch (problem) {
				wrong.textContent = "Not JSON: " + problem.message;
			}
		e.setAttribute("aria-invalid", wrong.textContent != "");
	};
	e.addEventListener("input", check);
	if (pick)
		pick.addEventListener("change", () => {
			e.value = made[pick.value][1];
			check();
			changed();
		});
	return { node: h("div", null, pick && labelled("Example", pick), e, wrong),
		read: () => e.value ? { send: e.value, type,
			curl: [["--data-raw", e.value]] } : null };
};

const fileBody = type => {
	const e = h("input", { type: "file", "aria-label": "Body" });
	return { node: h("div.field", null, e), read: () => {
		const f = e.files[0];
		const kind = type.includes("*") ? f?.type : type;
		return f ? { send: f, type: kind || "application/octet-stream",
			curl: [["--data-binary", "@" + f.name]] } : null;
	} };
};

const bodyForm = (body, changed) => {
	const media = entries(body.content);
	if (!media.length)
		return null;
	const pick = select(media.map(([type]) => [type]));
	const place = h("div");
	let now;
	const choose = () => {
		const [type, raw] = media.find(([t]) => t == pick.value);
		const m = object(raw);
		now = isForm(type) ? formBody(type, m) :
			isText(type) && !isFile(flat(m.schema).s) ?
			textBody(type, m, changed) : fileBody(type);
		clear(place, now.node);
	};
	pick.addEventListener("change", () => {
		choose();
		changed();
	});
	choose();
	return { node: h("fieldset", null, h("legend", null, "Body ",
		media.length == 1 && h("code", null, media[0][0]), " ",
		body.required && h("span.flag.must", null, "required")),
		media.length > 1 && labelled("Content type", pick), place),
	read: () => now.read() };
};

// ---- authentication ---------------------------------------------------------

// Not of the type password: browsers would offer to keep it.
const secretInput = (name, part, shown) => {
	const e = input({ value: secret(name, part), "data-secret":
		name + "\n" + part, class: shown ? null : "secret" });
	e.addEventListener("input", () => {
		secrets.set(name + "\n" + part, e.value);
		// The same scheme may be on show elsewhere, and in its line for curl.
		for (const other of document.querySelectorAll("[data-secret]"))
			if (other != e && other.dataset.secret == e.dataset.secret)
				other.value = e.value;
		document.dispatchEvent(new Event("secret"));
	});
	return e;
};

const schemeWords = s => s.type == "http" ? "HTTP " + s.scheme :
	s.type == "apiKey" ? [s.in + " ", h("code", null, s.name)] :
	{ oauth2: "OAuth 2.0", openIdConnect: "OpenID Connect",
		mutualTLS: "client certificate" }[s.type] ?? s.type;

const schemeFields = name => {
	const s = deref(schemes()[name]);
	if (s.type == "mutualTLS")
		return h("p.hint", null, "The browser's own certificate.");
	if (s.type == "http" && /^basic$/i.test(s.scheme))
		return [labelled("User", secretInput(name, "user", true)),
			labelled("Password", secretInput(name, ""))];
	return labelled(s.type == "apiKey" ? "Value" : "Token",
		secretInput(name, ""), s.type == "apiKey" &&
		s.in == "cookie" && "A browser sends its own cookies only: this one is " +
			"in the line for curl and not sent from here.");
};

const schemeForm = name => h("fieldset.scheme", null, h("legend", null, name,
	" ", h("span.muted", null, schemeWords(deref(schemes()[name])))),
	prose(deref(schemes()[name]).description), schemeFields(name));

const needWords = need => entries(need).length ? entries(need).map(([n]) => n)
	.join(" and ") : "none";

const authForm = (op, changed) => {
	if (!op.security.some(need => entries(need).length))
		return null;
	const names = i => entries(op.security[i]).map(([n]) => n);
	const pick = select(op.security.map((need, i) => [i, needWords(need)]), 0);
	const place = h("div.fields");
	const choose = () => clear(place, names(pick.value).map(schemeForm));
	pick.addEventListener("change", () => {
		choose();
		changed();
	});
	choose();
	return { node: h("fieldset", null, h("legend", null, "Authentication"),
		op.security.length > 1 && labelled("With", pick), place),
		names: () => names(pick.value) };
};

// ---- the form ---------------------------------------------------------------

const tryForm = op => {
	const line = h("code");
	const note = h("p.hint.wrong", { role: "status" });
	const go = h("button.send", { type: "submit" }, "Send");
	const answer = h("div.answer");
	const fields = op.params.map(paramField);
	const server = serverForm(op, () => update());
	const auth = authForm(op, () => update());
	const body = op.body && bodyForm(op.body, () => update());
	const accepts = [...new Set(op.responses.filter(([s]) => s[0] == "2")
		.flatMap(([, r]) => Object.keys(object(r.content))))];
	const accept = select(accepts.map(type => [type]));
	const call = () => makeCall(op, server.base(), fields.map(f =>
		[f.p, f.e.value]), auth?.names() ?? [], body?.read(),
		accepts.length ? accept.value : null);
	const update = () => {
		const c = call();
		line.textContent = curlLine(c);
		note.textContent = c.problems.length ? "" : refusal(c) ?? "";
	};
	const form = h("form.try", { novalidate: true, input: update, change: update,
		submit: event => {
			event.preventDefault();
			const c = call(), no = refusal(c);
			note.textContent = no ?? "";
			if (no)
				fields.find(f => f.p.in == "path" && !f.e.value)?.e.focus();
			else
				perform(op, c, go, answer);
		} },
	h("h4", null, "Try it"), server.node, auth?.node,
	fields.length > 0 && h("fieldset", null, h("legend", null, "Parameters"),
		h("div.fields", null, fields.map(f => f.node))),
	body?.node,
	accepts.length > 1 && labelled("Accept", accept),
	h("div.curl", null, h("p.bar", null, h("span", null, "As a command"),
		copyButton("the curl command", line)), h("pre", null, line)),
	h("p.go", null, go, note), answer);
	document.addEventListener("secret", update);
	update();
	return form;
};
