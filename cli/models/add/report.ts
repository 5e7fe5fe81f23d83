import { join, relative } from "node:path";
import { modelBytes, runRowsOf, type Manifest } from "../../../shared/model/manifest.ts";
import { outputLines } from "../../terminal/output.ts";
import type { CallBody, KeySource } from "../../../gateway/page/browser/call/call.ts";
import { curlCall, curlKey } from "../../../gateway/page/browser/call/curl.ts";
import { quoted } from "../../../gateway/page/browser/call/quote.ts";
import { cut, LINE, wrap } from "../../terminal/table.ts";
import { megabytes } from "../../terminal/units.ts";
import type { Finding } from "../check/finding.ts";
import { findingLines } from "../check/report-lines.ts";
import { isWritten, type Example } from "./example.ts";
import { remarksOn } from "./remarks.ts";
import { describeTensors, type Plan } from "./plan.ts";

/** What came of `models add`. */
export interface Added {
  readonly manifest: Manifest;
  readonly plan: Plan;
  readonly example: Example;
  /** Whether the example is the person's own. */
  readonly isGiven: boolean;
  readonly output: unknown;
  /** Of the graph, and of rows in company. */
  readonly findings: readonly Finding[];
  /** What was done to the file, a sentence each. */
  readonly notes: readonly string[];
  /** Whether two rows that differ were tried together. */
  readonly isInCompany: boolean;
  readonly assumed: readonly { readonly flag: string; readonly value: string }[];
  /** Null when nothing was written. */
  readonly folder: string | null;
  /** Of the gateway that `npm start` started, or would start. */
  readonly url: string;
  /** Where a key for there comes from. */
  readonly key: KeySource;
  /** Version that the bare name means. */
  readonly defaultVersion: number;
}

/** As JSON for programs. */
export function addedJson(added: Added): object {
  const { manifest, output, assumed, findings, folder } = added;
  return {
    model: `${manifest.name}@${manifest.version}`,
    folder,
    manifest,
    assumed: Object.fromEntries(assumed.map(({ flag, value }) => [flag, value])),
    output,
    remarks: [...added.notes, ...remarksOn(output, manifest)],
    findings,
    ...(folder === null ? {} : { try: requests(added, folder).map((pieces) => pieces.join(" ")) }),
  };
}

/** As lines for a person, of 80 columns where paths allow it. */
export function addedLines(added: Added): readonly string[] {
  const { manifest, plan, assumed, output, findings } = added;
  const { name, version, pipeline } = manifest;
  const facts = [
    ["inputs", describeTensors(manifest.inputs)],
    ["outputs", describeTensors(manifest.outputs)],
    ...plan.facts,
    ...(manifest.batching.max_batch_size === 1 ? [["rows", ONE_BY_ONE]] : []),
  ];
  const asAssumed = assumed.map(
    ({ flag, value }) => `  --${flag} ${cut(value, LINE - 5 - flag.length)}`,
  );
  return [
    `${name}@${version}: ${pipeline.type}, ${megabytes(modelBytes(manifest))}`,
    "",
    ...facts.flatMap(([fact = "", value = ""]) => factLines(fact, value)),
    ...(assumed.length > 0 ? ["", ASSUMED, ...asAssumed] : []),
    "",
    triedLine(added),
    "",
    ...outputPreview(output),
    ...[...added.notes, ...remarksOn(output, manifest)].flatMap((remark) => [
      "",
      ...wrap(remark, LINE),
    ]),
    ...findings.flatMap(findingLines),
    "",
    ...writtenLines(added),
  ];
}

function outputPreview(output: unknown): readonly string[] {
  const lines = outputLines(output);
  const shown = lines.length > OUTPUT_LINES ? [...lines.slice(0, OUTPUT_LINES), "…"] : lines;
  return shown.map((line) => cut(`  ${line}`, LINE).trimEnd());
}

const OUTPUT_LINES = 12;
const FACT_CHARACTERS = 200;
const ONE_BY_ONE = "run one by one: requests never share a run, and a job has one input";
const ASSUMED = "Nobody was asked, so this was assumed. If it is wrong, give the option:";

function triedLine({ manifest, isGiven, isInCompany }: Added): string {
  const beside = isInCompany ? ", and beside another row" : ", and with three rows at a time";
  const several = runRowsOf(manifest) > 1 ? beside : "";
  return `Tried with ${isGiven ? "your" : "a made-up"} example${several}. It answers:`;
}

function writtenLines(added: Added): readonly string[] {
  const { manifest, folder, defaultVersion } = added;
  if (folder === null) return ["Nothing was written: --dry-run."];
  const { name, version } = manifest;
  const stays = `"${name}" still means ${name}@${defaultVersion}; the file "default" beside it says so.`;
  return [
    `Written to ${relative(process.cwd(), folder)}; a system that runs takes it up. Ask it:`,
    ...requests(added, folder).flatMap((pieces) => ["", `  ${pieces.join(" \\\n    ")}`]),
    ...(defaultVersion === version ? [] : ["", stays]),
    "",
    `next: npx scoreline models check ${reference(added)}`,
  ];
}

/** By which it is asked for. */
function reference({ manifest: { name, version }, defaultVersion }: Added): string {
  return defaultVersion === version ? name : `${name}@${version}`;
}

function factLines(fact: string, value: string): readonly string[] {
  const width = LINE - FACT_COLUMN;
  const [first = "", ...more] = wrap(cut(value, FACT_CHARACTERS), width);
  const lead = fact.padEnd(FACT_COLUMN - 1);
  return [`${lead} ${first}`, ...more.map((line) => `${" ".repeat(FACT_COLUMN)}${line}`)];
}

const FACT_COLUMN = 12;
/** Linux takes 128 KiB as one argument of a command. */
const ARGUMENT_BYTES = 100_000;
/** Where `scoreline score` asks if it is not told. */
const USUAL_URL = "http://127.0.0.1:8080";

/** Commands that ask for the example, each in pieces that a shell takes as one line. */
function requests(added: Added, folder: string): readonly (readonly string[])[] {
  const { example, url, key } = added;
  const model = reference(added);
  const describe = [`curl -s ${curlKey(key)}`.trimEnd(), `${url}/v1/models/${model}`];
  if (!isWritten(example)) return [describe];
  const path = relative(process.cwd(), join(folder, example.file));
  const elsewhere = url === USUAL_URL ? "" : ` --url ${url}`;
  const score = [`npx scoreline score ${quoted(path)} --model ${model}${elsewhere}`];
  const fits = example.json === undefined || example.content.length <= ARGUMENT_BYTES;
  return [fits ? curlCall({ url, model, key, body: bodyOf(example, path) }) : describe, score];
}

/** Inline where that fits on a line. */
function bodyOf({ json, mediaType }: Example, path: string): CallBody {
  if (json === undefined) return { kind: "file", path, mediaType };
  const isShort = JSON.stringify(json).length <= LINE - 10;
  return isShort ? { kind: "json", json } : { kind: "input-file", path };
}
