// SPDX-License-Identifier: ISC
// What two validators say of OpenAPI documents, for openapi.py: the arguments
// are files; each test is a line of JSON, [name, got, want].

import { readFileSync } from "node:fs";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Validator } from "@seriousme/openapi-schema-validator";

const rules = {
	// An application says nothing of its licence.
	"info-license": "off",
	// More than what is recommended.
	"no-identical-paths": "error",
	"no-invalid-parameter-examples": "error",
	"no-invalid-schema-examples": "error",
	"no-unused-components": "error",
};
// Warnings are errors here.
const config = await createConfig({ extends: ["recommended-strict"], rules });

function eq(name, got, want)
{
	console.log(JSON.stringify([name, got ?? null, want]));
}

async function lint(name, source)
{
	const problems = await lintFromString({ source, config,
	    absoluteRef: "/" + name });
	return problems.map(p => [p.severity, p.ruleId, p.message,
	    p.location[0]?.pointer]);
}

async function validate(source)
{
	const validator = new Validator();
	const result = await validator.validate(JSON.parse(source));
	return [validator.version, result.valid, result.errors ?? null];
}

for (const file of process.argv.slice(2)) {
	const name = file.replace(/.*\//, "");
	const source = readFileSync(file, "utf8");
	eq(name + " without a complaint of redocly",
	    await lint(name, source), []);
	eq(name + " is valid by its meta-schema", await validate(source),
	    ["3.1", true, null]);
	// They do look.
	const bad = source.replace('"operationId"', '"operationIds"');
	eq("and not with an unknown member: " + name,
	    [(await lint(name, bad)).length > 0, (await validate(bad))[1]],
	    [true, false]);
}
