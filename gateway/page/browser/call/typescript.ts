import {
  answerOf,
  jobsUrl,
  mediaTypeOf,
  WAIT_SECONDS,
  type Call,
  type CallBody,
  type KeySource,
} from "./call.ts";

/** The call as a module of TypeScript, for Node and others that have `fetch`. */
export function typescriptCall(call: Call): string {
  const { body, key } = call;
  const reads = key.from === "file" || body.kind !== "json";
  return [
    ...(reads ? ['import { readFile } from "node:fs/promises";', ""] : []),
    ...typescriptKey(key),
    `const response = await fetch(${JSON.stringify(jobsUrl(call))}, {`,
    '  method: "POST",',
    "  headers: {",
    ...(key.from === "nowhere" ? [] : ["    Authorization: `Bearer ${key}`,"]),
    `    "Content-Type": ${JSON.stringify(mediaTypeOf(body))},`,
    `    Prefer: "wait=${WAIT_SECONDS}",`,
    "  },",
    `  body: ${dataOf(body)},`,
    "});",
    "if (!response.ok) throw new Error(await response.text());",
    "const job = await response.json();",
    `console.log(job.status, job.${answerOf(body)});`,
  ].join("\n");
}

function dataOf(body: CallBody): string {
  switch (body.kind) {
    case "json":
      return `JSON.stringify(${typescriptOf(body.json)})`;
    case "input-file":
      return ['`{"input":${await readFile(', JSON.stringify(body.path), ', "utf8")}}`'].join("");
    case "file":
      return `await readFile(${JSON.stringify(body.path)})`;
  }
}

/** Where the module takes the key from. */
export function typescriptKey(key: KeySource): readonly string[] {
  switch (key.from) {
    case "nowhere":
      return [];
    case "variable":
      return [`const key = process.env[${JSON.stringify(key.name)}];`];
    case "file":
      return [`const key = (await readFile(${JSON.stringify(key.path)}, "utf8")).trim();`];
  }
}

/** A value of JSON as a literal on one line. */
export function typescriptOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(typescriptOf).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value).map(([name, it]) => `${nameOf(name)}: ${typescriptOf(it)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

function nameOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
