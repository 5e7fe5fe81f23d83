import type { JobView } from "../../shared/job/view.ts";
import type { Definition } from "../../shared/endpoint/definition.ts";
import type { PackableJob } from "../../shared/pack/open-pack.ts";
import type { Packer, Submitted } from "../../shared/pack/packer.ts";
import type { Caller } from "../access/caller.ts";
import { orGone } from "../http/gone.ts";
import type { HangUp } from "../http/hang-up.ts";
import type { GatewayMetrics, SubmissionCount } from "../http/metrics.ts";
import type { WaitLimits } from "../http/prefer.ts";
import type { Contracts } from "../models/contracts.ts";
import { refuseArchived } from "../models/refuse-archived.ts";
import type { WorkerView } from "../models/worker-view.ts";
import type { Asked, Planner } from "../routing/planner.ts";
import { refuseBeyondLimits, type EndpointLimits } from "./endpoint-limits.ts";
import type { JobStore } from "./job-store.ts";
import type { JobWaiter } from "./job-waiter.ts";
import type { Shadows } from "./shadows.ts";
import { newJob, type NewJobRequest, type NewJobServices } from "./new-job.ts";
import type { Intake, Submission } from "./submission.ts";
import { checkDisconnect } from "./terms.ts";

/** How long a caller waits for the end. */
export interface Wait {
  /** 0: the answer comes as soon as the job is accepted. */
  readonly ms: number;
  /** The caller follows the job's events instead; a repeat of a request waits all the same. */
  readonly follows: boolean;
  readonly signal: HangUp;
}

/** Waits as long as a client may at all, or as the endpoint says. */
export function longestWait({ maxSeconds }: WaitLimits, signal: HangUp) {
  const longestMs = maxSeconds * 1000;
  return (defaults: Defaults): Wait => ({
    ms: Math.min(defaults?.wait_ms ?? longestMs, longestMs),
    follows: false,
    signal,
  });
}

/** What an endpoint says of requests that say nothing; undefined where none was named. */
export type Defaults = Definition["defaults"] | undefined;

/** A job as it ended, or as it is when the wait was over first. */
export interface Scored {
  readonly job: JobView;
  /** An earlier request with the same idempotency key made it. */
  readonly isReplay: boolean;
}

export interface ScorerOptions extends NewJobServices, EndpointLimits {
  readonly planner: Planner;
  readonly contracts: Contracts;
  readonly packer: Pick<Packer, "add">;
  readonly shadows: Shadows;
  readonly jobs: JobStore;
  readonly waiter: JobWaiter;
  readonly workers: WorkerView;
  readonly memory: { readonly check: () => void };
  readonly metrics: Pick<GatewayMetrics, "submission">;
}

type Request = NewJobRequest & { readonly wait: Wait };

/** Where requests to score become jobs, whatever dialect they came in: it knows nothing of HTTP. */
export class Scorer {
  readonly #options: ScorerOptions;

  constructor(options: ScorerOptions) {
    this.#options = options;
  }

  /**
   * Accepts a job and waits for its end. From the accept on the answer says so, whatever becomes of
   * the wait.
   *
   * @param asked what scores it
   * @param submission reads the request, now that it is known what its model takes
   * @param wait is asked before it, and counts like it: what it refuses is a refused submission
   * @throws {ScoringError} naming what is at fault; nothing was stored, but for `acceptance_unknown`
   */
  async score(
    caller: Caller,
    asked: Asked,
    submission: (intake: Intake) => Promise<Submission>,
    wait: (defaults: Defaults) => Wait,
  ): Promise<Scored> {
    const { planner, contracts, metrics } = this.#options;
    const plan = planner.plan(caller, asked);
    const { version, endpoint, via } = plan;
    const count = metrics.submission(version.id, via);
    try {
      const waits = wait(endpoint?.definition.defaults);
      const contract = contracts.of(version);
      const rowsMax = version.manifest.batching.max_batch_size;
      const read = await submission({ model: version.id, contract, rowsMax });
      checkDisconnect(read.terms, waits.ms);
      const request = { caller, plan, contract, asked, submission: read, wait: waits };
      return await this.#submit(request, count);
    } catch (error) {
      count.failed(error);
      throw error;
    }
  }

  async #submit(request: Request, count: SubmissionCount): Promise<Scored> {
    const { packer, jobs, waiter, workers, memory } = this.#options;
    const { caller, plan, wait } = request;
    const { version, endpoint } = plan;
    const job = await newJob(request, this.#options);
    count.read(job);
    const bound = job.idempotency && (await jobs.findBound(job.idempotency));
    if (bound !== undefined) {
      count.replayed();
      return this.#replay(bound, caller, wait);
    }
    refuseArchived(version);
    workers.refuseUnavailable(version.id);
    memory.check();
    const uncount = endpoint && (await refuseBeyondLimits(job, endpoint, this.#options));
    const { id, done } = packer.add(job, version.manifest.batching.max_batch_size);
    // Listening begins before the job exists: it may end before accept's reply is read.
    const watch = waiter.watchNew({ id, webhook: job.webhook });
    try {
      const submitted = await done;
      count[submitted.kind]();
      if (submitted.kind === "accepted") this.#options.shadows.add(id, job, request);
      if (submitted.kind === "replayed") {
        await uncount?.();
        return await this.#replay(submitted.id, caller, wait);
      }
      const queued = queuedView(id, job, submitted);
      if (wait.follows || wait.ms === 0) return { job: queued, isReplay: false };
      const { signal } = wait;
      const found = await waiter.waitNew(queued, watch, {
        waitMs: wait.ms,
        takes: job.takes,
        signal,
      });
      const { cancelsOnDisconnect = false } = request.submission.terms;
      if (signal.aborted && cancelsOnDisconnect) await jobs.cancel(queued);
      return { job: orGone("job", found, caller.tenant), isReplay: false };
    } finally {
      watch.close();
    }
  }

  /** The job that the key is bound to, as it is now: a repeated request waits as long as it says. */
  async #replay(id: string, { tenant }: Caller, { ms, signal }: Wait): Promise<Scored> {
    const found = await this.#options.waiter.follow(id, tenant, ms, signal);
    return { job: orGone("job", found, tenant), isReplay: true };
  }
}

type Accepted = Extract<Submitted, { readonly kind: "accepted" }>;

/** What a job is right after accept, without reading it back. */
function queuedView(id: string, job: PackableJob, { ahead, createdAtMs }: Accepted): JobView {
  const { model, via, class: jobClass, tenant, form, rows, metadata, limits, webhook } = job;
  return {
    id,
    model,
    via,
    class: jobClass,
    tenant,
    form,
    rows,
    metadata,
    limits,
    status: "queued",
    attempt: 1,
    output: undefined,
    largeOutput: undefined,
    error: undefined,
    metrics: undefined,
    history: undefined,
    createdAtMs,
    queuedAtMs: createdAtMs,
    startedAtMs: undefined,
    ahead,
    endedAtMs: undefined,
    expiresAtMs: undefined,
    webhook:
      webhook === undefined
        ? undefined
        : { status: "pending", attempts: 0, nextAttemptAtMs: undefined, lastStatus: undefined },
  };
}
