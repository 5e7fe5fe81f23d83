import { relative } from "node:path";
import type { Manifest } from "../../../shared/model/manifest.ts";
import { outputLines } from "../../terminal/output.ts";
import { megabytes, wrap } from "../../terminal/table.ts";
import { EXAMPLE_BYTES_MAX } from "./golden.ts";
import type { Example } from "./example.ts";
import { describeTensors, type Plan } from "./plan.ts";

/** What came of `models add`. */
export interface Added {
  readonly manifest: Manifest;
  readonly plan: Plan;
  readonly example: Example;
  /** Whether the example is the person's own. */
  readonly isGiven: boolean;
  readonly output: unknown;
  readonly assumed: readonly { readonly flag: string; readonly value: string }[];
  /** Null when nothing was written. */
  readonly folder: string | null;
  /** Of the gateway that `npm start` would start. */
  readonly url: string;
  /** Version that the bare name means. */
  readonly defaultVersion: number;
}

/** As JSON for programs. */
export function addedJson(added: Added): object {
  const { manifest, output, assumed, folder, plan } = added;
  return {
    model: `${manifest.name}@${manifest.version}`,
    folder,
    pipeline: manifest.pipeline.type,
    ...Object.fromEntries(plan.facts.map(([name, value]) => [name.replaceAll(" ", "_"), value])),
    assumed: Object.fromEntries(assumed.map(({ flag, value }) => [flag, value])),
    output,
    ...(folder === null
      ? {}
      : { curl: curlLines(added, folder).join(" \\\n  "), score: scoreLine(added, folder) }),
  };
}

/** As lines for a person, of 80 columns where paths allow it. */
export function addedLines(added: Added): readonly string[] {
  const { manifest, plan, assumed, isGiven, output, folder, defaultVersion } = added;
  const { name, version, file, pipeline } = manifest;
  const facts = [
    ["inputs", describeTensors(plan.inputs)],
    ["outputs", describeTensors(plan.outputs)],
    ...plan.facts,
  ];
  const lines = [
    `${name}@${version}: ${pipeline.type}, ${megabytes(file.bytes)}`,
    "",
    ...facts.flatMap(([fact = "", value = ""]) => factLines(fact, value)),
  ];
  if (assumed.length > 0) {
    lines.push("", "Nobody was asked, so this was assumed; if it is wrong, say it:");
    lines.push(
      ...assumed.map(({ flag, value }) => `  --${flag} ${shorten(value, 70 - flag.length)}`),
    );
  }
  const several = manifest.batching.max_batch_size > 1 ? ", and with three rows at a time" : "";
  lines.push("", `Tried with ${isGiven ? "your" : "a made-up"} example${several}. It answers:`, "");
  lines.push(
    ...outputLines(output)
      .slice(0, 12)
      .map((line) => `  ${line}`.slice(0, 80)),
    "",
  );
  if (folder === null) return [...lines, "Nothing was written: --dry-run."];
  lines.push(
    `Written to ${relative(process.cwd(), folder)}. A system that runs takes it up by itself:`,
    "",
  );
  lines.push(
    `  ${curlLines(added, folder).join(" \\\n    ")}`,
    "",
    `  ${scoreLine(added, folder)}`,
  );
  if (defaultVersion !== version) {
    lines.push("", `"${name}" still means ${name}@${defaultVersion}; the file "default" says so.`);
  }
  return lines;
}

function factLines(fact: string, value: string): readonly string[] {
  const [first = "", ...more] = wrap(shorten(value, 500), 68);
  return [`${fact.padEnd(11)} ${first}`, ...more.map((line) => `${" ".repeat(12)}${line}`)];
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** A request that answers with the example, in pieces that a shell takes as one line. */
function curlLines(added: Added, folder: string): readonly string[] {
  const { manifest, example, url } = added;
  const file = quoted(`${relative(process.cwd(), folder)}/${example.file}`);
  const place = `${url}/v1/models/${reference(added)}/jobs`;
  const head = (type: string): string => `curl -s -H 'Prefer: wait=30' -H 'Content-Type: ${type}'`;
  if (example.kind === "body") return [head("image/jpeg"), place, `--data-binary @${file}`];
  const text = JSON.stringify({ input: example.input });
  const inline = `-d ${quoted(text)}`;
  if (inline.length <= 76) return [head("application/json"), place, inline];
  if (text.length > EXAMPLE_BYTES_MAX) return [`curl -s ${url}/v1/models/${manifest.name}`];
  return [head("application/json"), place, `-d "{\\"input\\":$(cat ${file})}"`];
}

function scoreLine(added: Added, folder: string): string {
  const file = quoted(`${relative(process.cwd(), folder)}/${added.example.file}`);
  return `npx scoreline score ${file} --model ${reference(added)}`;
}

/** The bare name where that means this version. */
function reference({ manifest: { name, version }, defaultVersion }: Added): string {
  return defaultVersion === version ? name : `${name}@${version}`;
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
