import type { Redis } from "ioredis";
import { ScoringError } from "../error.ts";
import { failpoint } from "../failpoint.ts";
import type { Dispatch, JobDispatch } from "../dispatch/dispatch.ts";
import type { NewJob } from "./record.ts";
import { type Logger, reasonOf } from "../log.ts";
import {
  accept,
  CLAIM_SECONDS,
  hasOwnInputKey,
  packDispatches,
  type Quota,
  type Verdict,
} from "./accept.ts";
import type { DispatchQueue } from "../dispatch/dispatch-queue.ts";
import { partitionOf } from "../id.ts";
import { laneName, type Lane } from "../lane.ts";
import { keysFor } from "../redis/keys.ts";
import { Tick } from "./tick.ts";

export interface DispatcherOptions {
  /** A connection for requests: it fails at once while Redis is away. */
  readonly redis: Redis;
  readonly queue: DispatchQueue;
  readonly logger: Logger;
  readonly quota: Quota;
}

/** The job is durable; or the key of its request is bound to another, which stands for it. */
export type Submitted = Extract<Verdict, { readonly kind: "accepted" | "replayed" }>;

interface Entry {
  readonly job: NewJob;
  readonly rowsMax: number;
}

/**
 * Group commit: all jobs of one turn of the event loop and one lane are accepted by one script call
 * and sent as few dispatches, right behind it on the same connection. Redis keeps the order; a
 * dispatch whose jobs were refused names records that are missing and is skipped.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  /**
   * Lanes that refused jobs when last asked. There, a dispatch waits for its verdict: those of
   * refused jobs would pile up in BullMQ without a bound.
   */
  readonly #refusing = new Set<string>();
  readonly #tick = new Tick<Entry, Verdict>(
    ({ job }) => `${partitionOf(job.id)} ${laneName(laneOf(job))}`,
    async (entries) => this.#accept(entries),
  );

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /**
   * Returns when the job is durable: from then on it will be done.
   *
   * @param rowsMax most rows a dispatch of this model may carry
   * @throws {ScoringError} `queue_full`, `quota_exceeded`, `idempotency_key_reused` or
   *   `service_unavailable` (nothing was stored), `acceptance_unknown` (Redis' reply was lost)
   */
  async submit(job: NewJob, rowsMax: number): Promise<Submitted> {
    if (this.#options.redis.status !== "ready") throw unavailable();
    if (hasOwnInputKey(job)) await this.#claim(job);
    const verdict = await this.#tick.add({ job, rowsMax }).catch((error: unknown) => {
      throw refusal(error, job.id);
    });
    if (verdict?.kind === "accepted" || verdict?.kind === "replayed") return verdict;
    throw refused(verdict?.kind, job.model);
  }

  async #claim(job: NewJob): Promise<void> {
    try {
      const name = keysFor(job.id).input(job.id);
      await this.#options.redis.set(name, job.payload, "EX", CLAIM_SECONDS);
      failpoint("input stored");
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  async #accept(entries: readonly Entry[]): Promise<readonly Verdict[]> {
    const { redis, quota } = this.#options;
    const [first] = entries;
    if (first === undefined) return [];
    const lane = laneOf(first.job);
    const jobs = entries.map((entry) => entry.job);
    const dispatches = packDispatches(lane, jobs, first.rowsMax);
    const name = laneName(lane);
    const wasRefusing = this.#refusing.has(name);
    const accepted = accept(redis, { lane, jobs, dispatches, quota });
    if (!wasRefusing) this.#send(dispatches);
    const verdicts = await accepted;
    failpoint("accepted");
    if (verdicts.every(({ kind }) => kind === "accepted")) this.#refusing.delete(name);
    else this.#refusing.add(name);
    if (wasRefusing) this.#send(dispatches.filter((it) => carriesAny(it, jobs, verdicts)));
    return verdicts;
  }

  /** What does not arrive keeps its mark, and the janitor adds it again. */
  #send(dispatches: readonly Dispatch[]): void {
    const { queue, logger } = this.#options;
    for (const dispatch of dispatches) {
      queue.add(dispatch).then(
        () => failpoint("dispatched"),
        (error: unknown) => {
          const reason = reasonOf(error);
          logger.warn({ reason }, "dispatch not acknowledged");
        },
      );
    }
  }
}

/** Whether a dispatch holds a job that was accepted. */
function carriesAny(
  dispatch: JobDispatch,
  jobs: readonly NewJob[],
  verdicts: readonly Verdict[],
): boolean {
  return jobs.some(({ id }, i) => verdicts[i]?.kind === "accepted" && dispatch.jobs.includes(id));
}

function laneOf(job: NewJob): Lane {
  return { model: job.model, class: job.class };
}

function refused(kind: RefusalKind | undefined, model: string): ScoringError {
  switch (kind) {
    case "queue_full":
      return queueFull(model);
    case "tenant_full":
      return quotaExceeded();
    case "key_reused":
      return keyReused();
    case "input_lost":
    case undefined:
      return unavailable();
  }
}

type RefusalKind = Exclude<Verdict["kind"], Submitted["kind"]>;

export function queueFull(model: string): ScoringError {
  return new ScoringError("queue_full", `The queue of ${model} is full; try again later.`);
}

export function quotaExceeded(): ScoringError {
  return new ScoringError(
    "quota_exceeded",
    "You have reached your limit of unfinished jobs or queued bytes; try again later.",
  );
}

export function keyReused(): ScoringError {
  return new ScoringError(
    "idempotency_key_reused",
    "This Idempotency-Key was used for a request that asked for something else.",
  );
}

/** A reply that names an error came from Redis, which then stored nothing; all else is unknown. */
function refusal(error: unknown, jobId: string): ScoringError {
  if (error instanceof Error && error.name === "ReplyError") return unavailable(error);
  return new ScoringError(
    "acceptance_unknown",
    "The queue did not confirm the job in time. It may still run: look it up before you send it again.",
    { cause: error, members: { job_id: jobId } },
  );
}

function unavailable(cause?: unknown): ScoringError {
  return new ScoringError(
    "service_unavailable",
    "The job queue cannot be reached; nothing was stored.",
    { cause },
  );
}
