// SPDX-License-Identifier: ISC
// Sending a call, and its answer.

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
