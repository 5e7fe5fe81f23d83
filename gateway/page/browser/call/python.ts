import {
  answerOf,
  jobsUrl,
  mediaTypeOf,
  WAIT_SECONDS,
  type Call,
  type CallBody,
  type KeySource,
} from "./call.ts";

/** The call as a Python program of its standard library. */
export function pythonCall(call: Call): string {
  const { body, key } = call;
  const imports = ["import json", ...(key.from === "variable" ? ["import os"] : [])];
  return [
    ...imports,
    "import urllib.request",
    "",
    ...pythonKey(key),
    "request = urllib.request.Request(",
    `    ${pythonOf(jobsUrl(call))},`,
    `    data=${dataOf(body)},`,
    "    headers={",
    ...(key.from === "nowhere" ? [] : ['        "Authorization": f"Bearer {key}",']),
    `        "Content-Type": ${pythonOf(mediaTypeOf(body))},`,
    `        "Prefer": "wait=${WAIT_SECONDS}",`,
    "    },",
    ")",
    "with urllib.request.urlopen(request) as response:",
    "    job = json.load(response)",
    `print(job["status"], job["${answerOf(body)}"])`,
  ].join("\n");
}

function dataOf(body: CallBody): string {
  switch (body.kind) {
    case "json":
      return `json.dumps(${pythonOf(body.json)}).encode()`;
    case "input-file":
      return `json.dumps({"input": json.load(open(${pythonOf(body.path)}))}).encode()`;
    case "file":
      return `open(${pythonOf(body.path)}, "rb").read()`;
  }
}

/** Where the program takes the key from. */
export function pythonKey(key: KeySource): readonly string[] {
  switch (key.from) {
    case "nowhere":
      return [];
    case "variable":
      return [`key = os.environ[${pythonOf(key.name)}]`];
    case "file":
      return [`key = open(${pythonOf(key.path)}).read().strip()`];
  }
}

/** A value of JSON as Python writes it. */
export function pythonOf(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(pythonOf).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(([name, it]) => `${pythonOf(name)}: ${pythonOf(it)}`);
  return `{${members.join(", ")}}`;
}
