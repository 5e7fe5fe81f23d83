import { isTerminal, type JobView } from "../../shared/job/view.ts";
import type { Flow } from "../../shared/lane/flow.ts";
import { rfc3339 } from "../../shared/rfc3339.ts";
import { startsInMs } from "../models/lane-view.ts";
import type { Job } from "./job-schema.ts";

/** Why a job is not done yet, as far as it can be told. */
export interface Standing {
  /** Advice, and may grow; `status` is the contract. */
  readonly phase: NonNullable<Job["phase"]>;
  /** Best effort: others are canceled, retried, batched. Its position is from 1; those that run count. */
  readonly queue: NonNullable<Job["queue"]> | undefined;
  /** Whole seconds, 1 to 30, after which asking again makes sense. */
  readonly retryAfterSeconds: number;
}

interface StandingOptions {
  readonly flow: Flow | undefined;
  readonly workers: { readonly ready: number; readonly starting: number };
  readonly nowMs: number;
}

const RETRY_SECONDS_MAX = 30;

/** @returns undefined for a job that has ended */
export function standingOf(job: JobView, options: StandingOptions): Standing | undefined {
  if (isTerminal(job.status)) return undefined;
  const { flow, workers, nowMs } = options;
  if (job.status === "running") {
    return { phase: "running", queue: undefined, retryAfterSeconds: secondsOf(flow?.runMs) };
  }
  const isPaused = flow?.pause !== undefined;
  const waitMs = workers.ready === 0 ? undefined : startsInMs(job.ahead, flow);
  const ahead = job.ahead ?? 0;
  return {
    phase: isPaused ? "paused" : phaseOf(workers.ready),
    queue: {
      position: ahead + 1,
      ahead,
      workers_ready: workers.ready,
      workers_starting: workers.starting,
      estimated_start_at: rfc3339(waitMs === undefined ? undefined : nowMs + waitMs),
      approximate: true,
    },
    retryAfterSeconds: isPaused ? RETRY_SECONDS_MAX : secondsOf(waitMs),
  };
}

function phaseOf(workersReady: number): Standing["phase"] {
  return workersReady === 0 ? "cold_start" : "waiting";
}

function secondsOf(ms: number | undefined): number {
  return Math.min(Math.max(Math.ceil((ms ?? 0) / 1000), 1), RETRY_SECONDS_MAX);
}
