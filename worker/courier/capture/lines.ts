import type { CapturedJob, CapturedPack } from "../../../shared/capture/captured-pack.ts";
import { unpackRows } from "../../../shared/job/payload.ts";
import type { PipelineContract } from "../../../shared/model/pipelines/contract.ts";
import { rfc3339 } from "../../../shared/rfc3339.ts";
import { redacted, type Redaction } from "./redact.ts";

const STATUSES: Readonly<Record<string, string>> = {
  S: "succeeded",
  F: "failed",
  C: "canceled",
  X: "expired",
};

/** What lines are of; the names of their folders. */
export const lineKinds = ["inputs", "predictions", "labels"] as const;
export type LineKind = (typeof lineKinds)[number];

export interface Lines {
  readonly inputs: readonly string[];
  readonly predictions: readonly string[];
  /** Jobs of which something was gone, or could not be read. */
  readonly gone: number;
  readonly unreadable: number;
}

/** How lines of an endpoint are made. */
export interface LineRules {
  readonly redaction: Redaction;
  /** Of the version that scored; undefined when nobody here knows it, and inputs cannot be read. */
  readonly contract: PipelineContract | undefined;
}

/** Lines of JSON of a pack's jobs. Of a job there are all that were asked for, or none: so lines join. */
export function linesOf(pack: CapturedPack, rules: LineRules): Lines {
  const inputs: string[] = [];
  const predictions: string[] = [];
  const lost = { gone: 0, unreadable: 0 };
  const marks = pack.via.captured ?? "";
  for (const job of pack.jobs) {
    try {
      const input = marks.includes("i") ? inputOf(pack, job, rules) : {};
      const output = marks.includes("o") ? outputOf(job) : {};
      if (input === undefined || output === undefined) {
        lost.gone += 1;
        continue;
      }
      if (marks.includes("i"))
        inputs.push(lineOf(pack, job, rules, { atMs: pack.createdAtMs, ...input }));
      if (marks.includes("o")) {
        predictions.push(lineOf(pack, job, rules, { atMs: job.end.endedAtMs, ...output }));
      }
    } catch {
      lost.unreadable += 1;
    }
  }
  return { inputs, predictions, ...lost };
}

/** What a job should have answered. @param atMs when somebody said so */
export function labelLine(
  pack: CapturedPack,
  rules: LineRules,
  { index, text, atMs }: { readonly index: number; readonly text: string; readonly atMs: number },
): string | undefined {
  const job = pack.jobs.find((one) => one.index === index);
  return job && lineOf(pack, job, rules, { atMs, label: parsed(text) });
}

interface Content {
  /** Of the line. */
  readonly atMs: number;
  readonly [member: string]: unknown;
}

function lineOf(
  pack: CapturedPack,
  { id, end, tenant, metadata }: CapturedJob,
  { redaction }: LineRules,
  { atMs, ...content }: Content,
): string {
  const { via, model } = pack;
  const line = {
    id,
    attempt: end.attempt,
    time: rfc3339(atMs),
    endpoint: via.endpoint,
    variant: via.variant,
    model,
    tenant,
    metadata: parsed(metadata),
    ...content,
  };
  return `${JSON.stringify(redacted(line, redaction))}\n`;
}

/** `input` is a list where the job has several, which `count` tells from one that is a list. @returns undefined when it is gone */
function inputOf(
  { isList }: CapturedPack,
  { payload, parameters }: CapturedJob,
  { contract }: LineRules,
): object | undefined {
  if (payload === undefined) return undefined;
  if (contract === undefined) throw new Error("the version is not among the courier's models");
  const inputs = unpackRows(payload).map((row) => contract.inputOf(row));
  const input = isList ? { count: inputs.length, input: inputs } : { input: inputs[0] };
  return { parameters: parsed(parameters), ...input };
}

function outputOf({ end, body }: CapturedJob): object | undefined {
  if (body === undefined) return undefined;
  const isSuccess = end.letter === "S";
  const content = parsed(body.toString());
  return {
    status: STATUSES[end.letter],
    output: isSuccess ? content : null,
    error: isSuccess ? null : content,
    metrics: parsed(end.metrics ?? "null"),
  };
}

function parsed(text: string): unknown {
  return JSON.parse(text);
}
