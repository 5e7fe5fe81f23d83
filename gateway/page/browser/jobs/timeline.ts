import type { Job } from "../../../jobs/job-schema.ts";
import { duration } from "../app/figures.ts";
import { companyOf } from "../pieces/phases-of.ts";

/** A step of a job's course. */
export interface Step {
  readonly name: string;
  /** RFC 3339; undefined where only how long it took is known. */
  readonly at?: string | undefined;
  /** In words, where there is more to say. */
  readonly detail?: string;
  readonly tone?: "bad" | "warn" | "good";
}

/** What became of a job, oldest first: earlier attempts with their reasons, then the last one. */
export function timelineOf(job: Job): readonly Step[] {
  return [
    { name: "Accepted", at: job.created_at ?? undefined, detail: `as ${job.priority} work` },
    ...(job.attempts ?? []).map(({ attempt, status, error, completed_at: at }): Step => ({
      name: `Attempt ${attempt} ${status}`,
      at: at ?? undefined,
      ...(error && { detail: `${error.code}: ${error.detail}` }),
      tone: "bad",
    })),
    ...lastAttempt(job),
  ];
}

function lastAttempt(job: Job): readonly Step[] {
  const { status, queue, metrics, started_at: started, completed_at: ended, attempt } = job;
  const again = attempt > 1 ? `for attempt ${attempt}` : undefined;
  const queued: Step = {
    name: "Queued",
    detail: [again, queue && `at position ${queue.position}`, metrics && waitText(metrics.queue_ms)]
      .filter(Boolean)
      .join(", "),
  };
  const taken: Step = { name: "Taken by a worker", at: started ?? undefined };
  return [
    queued,
    ...(started === null ? [] : [taken]),
    ...(metrics === null ? [] : runOf(metrics)),
    ...(ended === null ? [] : [settled(job, ended, status)]),
  ];
}

function waitText(ms: number): string {
  return `waited ${duration(ms)}`;
}

function runOf(metrics: NonNullable<Job["metrics"]>): readonly Step[] {
  const { decode_ms: decode, inference_ms: run, batch_wait_ms: gather, provider } = metrics;
  const cold = metrics.cold_start ? ", after loading the model" : "";
  const later = gather > 0 ? `, ${duration(gather)} after it was taken` : "";
  const decoded: Step = { name: "Decoded", detail: `in ${duration(decode)}${later}` };
  // An input that cannot be decoded is not run.
  if (run === 0) return [decoded];
  const detail = `in ${duration(run)} on ${provider}, ${companyOf(metrics)}${cold}`;
  return [decoded, { name: "Run", detail }];
}

function settled({ error, metrics }: Job, at: string, status: Job["status"]): Step {
  const why = error === null ? undefined : `${error.code}: ${error.detail}`;
  const all = metrics === null ? undefined : `${duration(metrics.total_ms)} in all`;
  const tone = status === "succeeded" ? "good" : status === "failed" ? "bad" : "warn";
  const detail = why ?? all;
  return { name: `Settled: ${status}`, at, tone, ...(detail !== undefined && { detail }) };
}
