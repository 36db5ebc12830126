// SPDX-License-Identifier: ISC
// The form to try an operation, and the answer.

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

// ---- sending ----------------------------------------------------------------

const BODY_SHOWN = 512 * 1024;

const size = n => n < 1024 ? range(n, n, "byte").replace("exactly ", "") :
	n < 1024 * 1024 ? (n / 1024).toFixed(1) + " KiB" :
	(n / 1024 / 1024).toFixed(1) + " MiB";

// Laid out anew, token by token: numbers stay as they were written.
const pretty = text => {
	JSON.parse(text);
	let depth = 0, out = "", last = "";
	const line = () => "\n" + "  ".repeat(depth);
	for (const [t] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/g)) {
		const closes = t == "]" || t == "}", opens = last == "[" || last == "{";
		if (closes)
			depth--;
		if (closes ? !opens : opens || last == ",")
			out += line();
		out += t == ":" ? ": " : t;
		if (t == "[" || t == "{")
			depth++;
		last = t;
	}
	return out;
};

const showText = (text, type) => {
	let shown = text;
	if (isJson(type) && text.length <= BODY_SHOWN)
		try {
			shown = pretty(text);
		} catch {
			// It is shown as it came.
		}
	return shown.length <= BODY_SHOWN ? shown :
		shown.slice(0, BODY_SHOWN) + "\n… and more: save it to see all.";
};

const documented = (op, status) => {
	const all = Object.fromEntries(op.responses);
	return all[status] ?? all[String(status)[0] + "XX"] ?? all.default;
};

// Chunks are told as they come, for an answer may go on for ever.
const readAll = async (res, each) => {
	const reader = res.body?.getReader(), chunks = [];
	for (let n = 0; reader;) {
		const { done, value } = await reader.read();
		if (done)
			break;
		chunks.push(value);
		each(value, n += value.length);
	}
	return new Blob(chunks, { type: res.headers.get("Content-Type") ?? "" });
};

let kept;	// the URL of the last binary answer or image

const perform = async (op, call, go, place) => {
	const stop = new AbortController();
	const status = h("p.status", { role: "status" }, "Sending …");
	const rest = h("div");
	const cancel = h("button.small", { type: "button", click: () => stop.abort() },
		"Cancel");
	const begun = performance.now();
	const took = () => Math.round(performance.now() - begun) + " ms";
	clear(place, h("h4", null, "Answer"), status, cancel, rest);
	go.disabled = true;
	try {
		const res = await fetchCall(call, stop.signal);
		const type = res.headers.get("Content-Type") ?? "";
		const said = documented(op, res.status);
		const head = [h(`strong.code.s${String(res.status)[0]}`, null,
			res.status + (res.statusText ? " " + res.statusText : "")), " "];
		const words = [said ? inline(said.description ?? "") : "Not documented.",
			res.redirected && [" From ", h("code", null, res.url)]];
		const pre = h("pre", { tabindex: 0, "aria-label": "Body of the answer" },
			h("code"));
		const text = new TextDecoder();
		clear(status, head, took());
		put(rest, h("p", null, words), h("details.part", { open: true },
			h("summary", null, "Headers"), h("dl.headers", null,
				[...res.headers].map(([n, v]) => [h("dt", null, n),
					h("dd", null, v)]))), pre);
		const blob = await readAll(res, (chunk, n) => {
			if (/^text\/event-stream/i.test(type) && n <= BODY_SHOWN)
				put(pre.firstChild, text.decode(chunk, { stream: true }));
		});
		clear(status, head, took() + ", " + size(blob.size));
		await showBody(blob, type, pre);
	} catch (e) {
		if (e.name == "AbortError")
			clear(status, "Cancelled after " + took() + ".");
		else
			clear(status, h("strong.code.s5", null, "No answer"), " after " +
				took() + ". The server cannot be reached, the connection broke, " +
				"or the browser refused the call (" + e.message + ").");
	} finally {
		cancel.remove();
		go.disabled = false;
	}
};

const showBody = async (blob, type, pre) => {
	if (!blob.size)
		return pre.replaceWith(h("p.muted", null, "No body."));
	URL.revokeObjectURL(kept);
	kept = URL.createObjectURL(new Blob([blob]));
	const save = h("a.small", { href: kept, download: "answer" }, "Save");
	if (isText(type) || !type) {
		pre.firstChild.textContent = showText(await blob.text(), type);
		pre.before(h("p.bar", null, h("span", null, "Body"), h("span", null,
			save, " ", copyButton("the body", pre.firstChild))));
	} else
		pre.replaceWith(h("p.bar", null, h("span", null, type), save),
			/^image\//i.test(type) && type.indexOf("svg") < 0 ?
			h("img", { src: kept, alt: "The answer, an image" }) : "");
};
