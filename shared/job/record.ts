import type { JobClass } from "../queue/keys.ts";

/**
 * The record of a job is a Redis hash. States and moves:
 *
 *     (none) --accept--> queued
 *     queued --fetch--> running          a worker took it; a second fetch of a running job, after
 *     running --fetch--> running         its worker died, is attempt + 1
 *     running --release--> queued        the worker was told to stop before it ran it
 *     queued|running --settle--> succeeded | failed | canceled | expired      (terminal)
 *
 * Terminal states never change, and only `settle` makes them. The first settlement wins; one that
 * names another attempt than the record's is late and is discarded.
 */
export type JobStatus = (typeof jobStatuses)[number];
export type TerminalStatus = Exclude<JobStatus, "queued" | "running">;

export const jobStatuses = [
  "queued",
  "running",
  "succeeded",
  "failed",
  "canceled",
  "expired",
] as const;

/**
 * Field names are short because each of a million records pays for them.
 *
 * Written by accept: `v` format (1) · `m` model version · `c` class · `t` tenant · `s` status ·
 * `a` attempt · `n` rows · `f` form (`1` input, `n` inputs) · `p` parameters (JSON) · `d` metadata
 * (JSON) · `i` payload (absent when it has its own key) · `w` gateways that wait · `ca` created.
 * By fetch: `r` run token · `sa` started. By settle: `o` output (JSON) · `e` problem (JSON) ·
 * `x` metrics (JSON) · `ea` ended. By a run in quarantine: `q` runs alone. Times are epoch ms.
 */
export const RECORD_VERSION = 1;

export type JobForm = "one" | "many";

/** What a gateway hands to accept. */
export interface NewJob {
  readonly id: string;
  readonly model: string;
  readonly class: JobClass;
  readonly tenant: string;
  readonly form: JobForm;
  /** 1..`max_batch_size` */
  readonly rows: number;
  /** Rows packed by `job/payload.ts`. */
  readonly payload: Buffer;
  /** JSON text of an object; validated. */
  readonly parameters: string;
  /** JSON text of an object, or undefined. */
  readonly metadata: string | undefined;
  /** Set when somebody waits: the gateway to tell. */
  readonly waiter: string | undefined;
  readonly createdAtMs: number;
}

/** What is read back. JSON texts stay text: they are spliced into answers, never re-made. */
export interface JobView {
  readonly id: string;
  readonly status: JobStatus;
  readonly model: string;
  readonly class: JobClass;
  readonly attempt: number;
  readonly form: JobForm;
  readonly tenant: string;
  readonly metadata: string | undefined;
  readonly output: string | undefined;
  readonly error: string | undefined;
  readonly metrics: string | undefined;
  readonly createdAtMs: number;
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
  readonly expiresAtMs: number | undefined;
}

export function isTerminal(status: JobStatus): status is TerminalStatus {
  return status !== "queued" && status !== "running";
}
