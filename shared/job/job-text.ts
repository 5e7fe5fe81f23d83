import { rfc3339 } from "../rfc3339.ts";
import type { JobView } from "./view.ts";

/** A job at a moment: as it is, or as it was when an event was. JSON texts, as they are stored. */
export type JobMoment = Pick<JobView, "attempt" | "startedAtMs" | "endedAtMs"> &
  Pick<JobView, "output" | "largeOutput" | "error" | "metrics"> & { readonly status: string };

/** What who shows a job adds: members as JSON text, named after the member they stand behind. */
export interface MoreMembers {
  readonly status?: string | undefined;
  readonly metadata?: string;
  readonly metrics?: string | undefined;
  readonly completed_at?: string;
  readonly urls?: Readonly<Record<string, string>>;
  /** Outputs may be large: lists and some events leave them out. */
  readonly hasOutput: boolean;
}

/** Stands in the text where an output belongs that is read in pieces: no JSON has it. */
export const OUTPUT_HOLE = "\u0000";

/**
 * A job as clients and receivers of webhooks see it, as JSON text. Output, error, metrics and
 * metadata are stored as JSON and are spliced in as they are: parsing and re-making megabytes to put
 * them in an envelope would cost more than all the rest of an answer.
 */
export function jobText(job: JobView, moment: JobMoment, more: MoreMembers): string {
  const { hasOutput, urls } = more;
  return (
    `{"id":"${job.id}","object":"job","status":"${moment.status}"${also(more.status)}` +
    `,"model":${JSON.stringify(job.model)}${routeText(job)},"attempt":${moment.attempt},"priority":"${job.class}"` +
    `,"metadata":${job.metadata ?? "null"}${also(more.metadata)}` +
    `${hasOutput ? outputText(job, moment) : ""},"error":${moment.error ?? "null"}` +
    `,"metrics":${moment.metrics ?? "null"}${also(more.metrics)}` +
    `,"created_at":${timeText(job.createdAtMs)},"started_at":${timeText(moment.startedAtMs)}` +
    `,"completed_at":${timeText(moment.endedAtMs)}${also(more.completed_at)}` +
    `,"urls":${urlsText(job.id, urls)}}`
  );
}

/** Names need no escape. */
function routeText({ via }: JobView): string {
  return via === undefined ? "" : `,"endpoint":"${via.endpoint}","variant":"${via.variant}"`;
}

function also(members: string | undefined): string {
  return members === undefined ? "" : `,${members}`;
}

function outputText(job: JobView, { output, largeOutput }: JobMoment): string {
  const result = output ?? (largeOutput === undefined ? "null" : OUTPUT_HOLE);
  return `,"${job.form === "one" ? "output" : "outputs"}":${result}`;
}

/** No id and no name of a move needs an escape. */
function urlsText(id: string, urls: MoreMembers["urls"] = {}): string {
  const self = `/v1/jobs/${id}`;
  let text = `{"self":"${self}","result":"${self}/result","events":"${self}/events"`;
  for (const name in urls) text += `,"${name}":"${urls[name]}"`;
  return `${text}}`;
}

/** Jobs of a tick have their times in common, and each is written several times. */
const TIMES_KEPT = 64;
const timesKept = new Map<number, string>();

/** RFC 3339, as JSON text. */
export function timeText(ms: number | undefined): string {
  if (ms === undefined) return "null";
  const kept = timesKept.get(ms);
  if (kept !== undefined) return kept;
  const text = JSON.stringify(rfc3339(ms));
  if (timesKept.size === TIMES_KEPT) timesKept.clear();
  timesKept.set(ms, text);
  return text;
}

/** What a retry left of an attempt before it; `retry.lua` wrote it. */
export interface EarlierAttempt {
  readonly attempt: number;
  readonly status: string;
  readonly started_at_ms: number | null;
  readonly completed_at_ms: number;
  readonly error: unknown;
  /** Absent in records of earlier releases. */
  readonly metrics?: unknown;
}

/** Oldest first. @param history of a job's record */
export function earlierAttempts(history = ""): readonly EarlierAttempt[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(`[${history}]`) as readonly EarlierAttempt[];
}
