// SPDX-License-Identifier: ISC
// Elements.  What comes from the document or from an answer becomes text nodes
// and attributes, and is never read as HTML.

const isNode = c => c != null && c !== false && c !== "";

const put = (e, ...children) => {
	e.append(...children.flat(Infinity).filter(isNode));
	return e;
};

// h("p.note", { title: "x", click: f }, "text", child)
const h = (tag, attrs, ...children) => {
	const [name, ...classes] = tag.split(".");
	const e = document.createElement(name || "div");
	if (classes.length)
		e.className = classes.join(" ");
	for (const [key, v] of Object.entries(attrs ?? {}))
		if (typeof v == "function")
			e.addEventListener(key, v);
		else if (v != null && v !== false)
			e.setAttribute(key, v === true ? "" : v);
	return put(e, children);
};

const clear = (e, ...children) => {
	e.replaceChildren();
	return put(e, children);
};

let ids = 0;
const newId = () => "x" + ++ids;

// A details element whose content is made when it is opened the first time.
const lazy = (tag, attrs, summary, build) => {
	const d = h(tag, attrs, h("summary", null, summary));
	let made = false;
	d.fill = () => {
		if (!made) {
			made = true;
			put(d, h("div.in", null, build()));
		}
	};
	d.addEventListener("toggle", () => d.open && d.fill());
	if (d.open)
		d.fill();
	return d;
};

// Only to where a click does no harm.
const link = (url, ...text) => {
	let u;
	try {
		u = new URL(url, docUrl);
	} catch {
		return text;
	}
	return /^(https?|mailto):$/.test(u.protocol) ?
		h("a", { href: u.href }, text) : text;
};

// Descriptions are CommonMark: the part of it that people write in them.
const span = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\][]+)\]\(([^\s()]+)\)|<(https?:[^\s<>]+)>/g;

const inline = text => {
	const out = [];
	let at = 0;
	for (const m of text.matchAll(span)) {
		out.push(text.slice(at, m.index),
			m[1] ? h("code", null, m[1]) :
			m[2] ? h("strong", null, m[2]) :
			m[3] ? link(m[4], m[3]) : link(m[5], m[5]));
		at = m.index + m[0].length;
	}
	return [...out, text.slice(at)];
};

const prose = text => {
	const box = h("div.prose");
	let list, para, code;
	for (const line of String(text ?? "").split(/\r?\n/)) {
		const item = /^\s*(?:[-*+]|\d+[.)])\s+(.*)/.exec(line);
		const head = /^#+\s+(.*)/.exec(line);
		if (/^\s*```/.test(line)) {
			code = code ? null : h("code");
			if (code)
				put(box, h("pre", null, code));
			para = list = null;
		} else if (code)
			put(code, line + "\n");
		else if (!line.trim())
			para = list = null;
		else if (head) {
			put(box, h("p", null, h("strong", null, inline(head[1]))));
			para = list = null;
		} else if (item) {
			if (!list)
				put(box, list = h("ul"));
			put(list, para = h("li", null, inline(item[1])));
		} else if (para)
			put(para, " ", inline(line));
		else
			put(box, para = h("p", null, inline(line)));
	}
	return box.firstChild && box;
};

const copyText = async (text, from) => {
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		// Without HTTPS there is no clipboard, but what is selected.
		getSelection().selectAllChildren(from);
		document.execCommand("copy");
	}
};

const copyButton = (what, from) => {
	const b = h("button.small", { type: "button", click: async () => {
		await copyText(from.textContent, from);
		said.textContent = "Copied";
	} }, "Copy", h("span.unseen", null, " " + what));
	const said = h("span.muted", { role: "status" });
	return h("span.copy", null, said, b);
};
