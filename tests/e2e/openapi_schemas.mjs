// SPDX-License-Identifier: ISC
// What ajv makes of JSON Schemas, for openapi.py: standard input is
// {"schemas": {name: schema}, "cases": [[name, value]...]}; each line of the
// output is a schema's name and its error, or a case's number and its outcome.

import { text } from "node:stream/consumers";
import process from "node:process";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const input = JSON.parse(await text(process.stdin));
const ajv = new Ajv2020.default({ strict: true, multipleOfPrecision: 9 });
addFormats.default(ajv);

const compiled = {};
for (const [name, schema] of Object.entries(input.schemas)) {
	let error = null;
	try {
		compiled[name] = ajv.compile(schema);
	} catch (e) {
		error = String(e);
	}
	console.log(JSON.stringify([name, error]));
}
input.cases.forEach(([name, value], i) =>
    console.log(JSON.stringify([i, compiled[name]?.(value) ?? null])));
