import { markOf, type Dispatch } from "../../shared/dispatch/dispatch.ts";
import { isTerminal, type RecordStatus, type TerminalStatus } from "../../shared/job/view.ts";
import type { NewJob } from "../../shared/job/new-job.ts";
import type { Quota } from "../../shared/job/accept.ts";
import { laneName } from "../../shared/lane.ts";

/** Where one job stands. */
export interface Course {
  readonly job: NewJob;
  /** `gone`: its record has outlived its time. */
  status: RecordStatus | "gone";
  attempt: number;
  /** The attempt that the last retry made, 1 without one. */
  firstAttempt: number;
  createdAtMs: number;
  queuedAtMs: number;
  outstandingSinceMs: number;
  startedAtMs: number | undefined;
  /** Of the run that has it. */
  token: string | undefined;
  /** Its worker was lost, and it waits for another. */
  isLost: boolean;
  /** The retry that made its last attempt. */
  retry: string | undefined;
  /** Ends that a retry has put aside. */
  endsBefore: number;
  isListed: boolean;
}

export interface Run {
  readonly ids: readonly string[];
  readonly token: string;
  readonly firstAttempt: number;
}

export interface Retry {
  readonly id: string;
  /** That ended. */
  readonly attempt: number;
  readonly token: string;
  readonly dispatch: Dispatch;
}

/**
 * The state machine of `shared/job/record.ts`, plainly: a map of courses, from which every count
 * follows. Times are ms of the caller's clock.
 */
export class JobMachine {
  readonly courses = new Map<string, Course>();
  /** Idempotency scope → id and fingerprint. */
  readonly bound = new Map<string, readonly [id: string, fingerprint: string]>();
  /** Large payloads that are there. */
  readonly inputs = new Set<string>();
  readonly marks = new Map<string, number>();
  readonly #quota: Quota;

  constructor(quota: Quota) {
    this.#quota = quota;
  }

  accept(jobs: readonly NewJob[], dispatches: readonly Dispatch[], nowMs: number): string[] {
    const before = this.courses.size;
    const verdicts = jobs.map((job) => this.#acceptOne(job, nowMs));
    for (const [i, job] of jobs.entries()) {
      if (verdicts[i] !== "accepted") this.inputs.delete(job.id);
    }
    if (this.courses.size > before) for (const it of dispatches) this.marks.set(markOf(it), nowMs);
    return verdicts;
  }

  #acceptOne(job: NewJob, nowMs: number): string {
    const { idempotency } = job;
    if (this.courses.has(job.id)) return "accepted";
    const [id, fingerprint] = this.bound.get(idempotency?.scope ?? "") ?? [];
    if (id !== undefined) return fingerprint === idempotency?.fingerprint ? id : "key_reused";
    const refusal = this.#refusal(job);
    if (refusal !== undefined) return refusal;
    if (job.payload.length > 8192 && !this.inputs.has(job.id)) return "input_lost";
    this.courses.set(job.id, {
      job,
      status: "queued",
      attempt: 1,
      firstAttempt: 1,
      createdAtMs: nowMs,
      queuedAtMs: nowMs,
      outstandingSinceMs: nowMs,
      startedAtMs: undefined,
      token: undefined,
      isLost: false,
      retry: undefined,
      endsBefore: 0,
      isListed: true,
    });
    if (idempotency) this.bound.set(idempotency.scope, [job.id, idempotency.fingerprint]);
    return "accepted";
  }

  #refusal(job: NewJob): "queue_full" | "tenant_full" | undefined {
    const { laneJobs, laneBytes, tenantJobs, tenantBytes } = this.#quota;
    const size = job.payload.length;
    const inLane = this.unfinished((it) => laneName(laneOf(it)) === laneName(laneOf(job)));
    if (inLane.length >= laneJobs || bytesOf(inLane) + size > laneBytes) return "queue_full";
    const ofTenant = this.unfinished((it) => it.tenant === job.tenant);
    if (ofTenant.length >= tenantJobs || bytesOf(ofTenant) + size > tenantBytes) {
      return "tenant_full";
    }
    return undefined;
  }

  /** @returns ids with their attempts: what is to be run, and what may not be tried again */
  fetch(run: Run, nowMs: number): { taken: [string, number][]; exhausted: [string, number][] } {
    const taken: [string, number][] = [];
    const exhausted: [string, number][] = [];
    for (const id of run.ids) {
      const it = this.courses.get(id);
      if (!it || !isUnfinished(it) || it.firstAttempt !== run.firstAttempt) continue;
      const { limits } = it.job;
      const isSame = it.token === run.token;
      const isAnother = (it.status === "running" || it.isLost) && !isSame;
      const attempt = isAnother ? it.attempt + 1 : it.attempt;
      const isLate =
        nowMs >= it.queuedAtMs + limits.totalMs ||
        (it.startedAtMs === undefined && nowMs >= it.queuedAtMs + limits.startMs);
      if (isLate && !isSame) continue;
      if (attempt - it.firstAttempt > limits.retries) {
        exhausted.push([id, it.attempt]);
        continue;
      }
      if (!isSame) {
        Object.assign(it, { status: "running", attempt, token: run.token, startedAtMs: nowMs });
        it.isLost = false;
      }
      taken.push([id, attempt]);
    }
    return { taken, exhausted };
  }

  release({ ids, token }: Run): void {
    for (const id of ids) {
      const it = this.courses.get(id);
      if (it?.status !== "running" || it.token !== token) continue;
      Object.assign(it, { status: "queued", token: undefined });
    }
  }

  /** The dispatch that a run was made for has lost its worker. @returns how many wait again */
  lose({ ids, firstAttempt }: Run): number {
    const lost = ids.flatMap((id) => {
      const it = this.courses.get(id);
      return it?.status === "running" && it.firstAttempt === firstAttempt ? [it] : [];
    });
    for (const it of lost) Object.assign(it, { status: "queued", token: undefined, isLost: true });
    return lost.length;
  }

  settle(id: string, attempt: number | undefined, status: TerminalStatus): string {
    const it = this.courses.get(id);
    if (it === undefined || it.status === "gone") return "missing";
    if (!isUnfinished(it) || (attempt !== undefined && attempt !== it.attempt)) return "late";
    Object.assign(it, { status, token: undefined, isLost: false });
    if (status === "succeeded") this.inputs.delete(id);
    return "settled";
  }

  retry({ id, attempt, token, dispatch }: Retry, nowMs: number): string {
    const it = this.courses.get(id);
    if (it === undefined || it.status === "gone" || it.status === "deleted") return "missing";
    if (it.firstAttempt === attempt + 1 && it.retry === token) return "accepted";
    const mayRetry = ["failed", "expired", "canceled"].includes(it.status);
    if (!mayRetry || it.attempt !== attempt) return "not_retryable";
    const refusal = this.#refusal(it.job);
    if (refusal !== undefined) return refusal;
    const next = attempt + 1;
    Object.assign(it, { status: "queued", attempt: next, firstAttempt: next, queuedAtMs: nowMs });
    Object.assign(it, { outstandingSinceMs: nowMs, startedAtMs: undefined, retry: token });
    it.endsBefore += 1;
    this.marks.set(markOf(dispatch), nowMs);
    return "accepted";
  }

  erase(id: string): string {
    const it = this.courses.get(id);
    if (it === undefined || it.status === "gone") return "missing";
    if (it.status === "deleted") return "erased";
    if (isUnfinished(it)) return "not_ended";
    Object.assign(it, { status: "deleted", isListed: false });
    this.inputs.delete(id);
    return "erased";
  }

  /** Ends what is overdue. @returns how many */
  sweep(nowMs: number): number {
    const late = [...this.courses.values()].filter((it) => nowMs >= dueMs(it));
    for (const it of late) {
      this.settle(it.job.id, undefined, "expired");
    }
    return late.length;
  }

  /** Its time to live runs out. @returns false for a job that has not ended */
  lapse(id: string): boolean {
    const it = this.courses.get(id);
    if (it === undefined || isUnfinished(it)) return false;
    it.status = "gone";
    this.inputs.delete(id);
    return true;
  }

  /** @returns how many ids were listed and are gone */
  trim(): number {
    const gone = [...this.courses.values()].filter((it) => it.status === "gone" && it.isListed);
    for (const it of gone) it.isListed = false;
    return gone.length;
  }

  unfinished(holds: (job: NewJob) => boolean = () => true): readonly Course[] {
    return [...this.courses.values()].filter((it) => isUnfinished(it) && holds(it.job));
  }
}

export function laneOf(job: NewJob): Pick<NewJob, "model" | "class"> {
  return { model: job.model, class: job.class };
}

export function bytesOf(courses: readonly Course[]): number {
  return courses.reduce((sum, { job }) => sum + job.payload.length, 0);
}

export function isUnfinished({ status }: Course): boolean {
  return status !== "gone" && status !== "deleted" && !isTerminal(status);
}

/** When the job ends by itself if nothing happens; infinite once it has ended. */
export function dueMs(course: Course): number {
  const { queuedAtMs, startedAtMs, job } = course;
  const { startMs, totalMs } = job.limits;
  if (!isUnfinished(course)) return Infinity;
  if (startedAtMs === undefined) return queuedAtMs + Math.min(startMs, totalMs);
  return queuedAtMs + totalMs;
}
