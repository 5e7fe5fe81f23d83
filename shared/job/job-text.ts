import { rfc3339 } from "../rfc3339.ts";
import type { JobView } from "./view.ts";

/** A job at a moment: as it is, or as it was when an event was. JSON texts, as they are stored. */
export type JobMoment = Pick<JobView, "attempt" | "startedAtMs" | "endedAtMs"> &
  Pick<JobView, "output" | "largeOutput" | "error" | "metrics"> & { readonly status: string };

/** What who shows a job adds: members as JSON text, named after the member they stand behind. */
export interface MoreMembers {
  readonly status?: string;
  readonly metadata?: string;
  readonly metrics?: string;
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
  const self = `/v1/jobs/${job.id}`;
  const urls = { self, result: `${self}/result`, events: `${self}/events`, ...more.urls };
  const result = moment.output ?? (moment.largeOutput === undefined ? "null" : OUTPUT_HOLE);
  const output = `"${job.form === "one" ? "output" : "outputs"}":${result}`;
  const members = [
    `"id":"${job.id}","object":"job","status":"${moment.status}"`,
    more.status,
    `"model":${JSON.stringify(job.model)},"attempt":${moment.attempt},"priority":"${job.class}"`,
    `"metadata":${job.metadata ?? "null"}`,
    more.metadata,
    more.hasOutput ? output : undefined,
    `"error":${moment.error ?? "null"},"metrics":${moment.metrics ?? "null"}`,
    more.metrics,
    `"created_at":${timeText(job.createdAtMs)},"started_at":${timeText(moment.startedAtMs)}`,
    `"completed_at":${timeText(moment.endedAtMs)}`,
    more.completed_at,
    `"urls":${JSON.stringify(urls)}`,
  ];
  return `{${members.filter((member) => member !== undefined).join(",")}}`;
}

/** RFC 3339, as JSON text. */
export function timeText(ms: number | undefined): string {
  return JSON.stringify(rfc3339(ms));
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
