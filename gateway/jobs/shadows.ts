import { ScoringError } from "../../shared/error.ts";
import type { JobLimits } from "../../shared/job/limits.ts";
import type { Quota } from "../../shared/job/quota.ts";
import { NO_ENDPOINT, type Via } from "../../shared/job/view.ts";
import { shadowRows } from "../../shared/lane.ts";
import type { PackableJob } from "../../shared/pack/open-pack.ts";
import type { Packer } from "../../shared/pack/packer.ts";
import { packParent, SHADOW_TENANT } from "../../shared/shadow/parent.ts";
import { recordedTraceparent } from "../../shared/trace.ts";
import type { GatewayMetrics } from "../http/metrics.ts";
import type { Contracts } from "../models/contracts.ts";
import type { Plan, PlannedShadow } from "../routing/planner.ts";
import { parametersOf } from "./new-job.ts";
import type { Submission } from "./submission.ts";

/** What waits of shadows in a lane at most: beyond it they are dropped, and no live job is. */
export const SHADOW_QUOTA: Quota = {
  laneJobs: 1000,
  laneBytes: 64 * 1024 * 1024,
  tenantJobs: Number.MAX_SAFE_INTEGER,
  tenantBytes: Number.MAX_SAFE_INTEGER,
};

/** A result that its request took along is kept for 5 minutes: what began later would find it gone, in ms. */
const START_MS = 240_000;
/** How long its output waits for a courier, in seconds. */
const KEPT_SECONDS = 600;

export interface ShadowsOptions {
  /** With `SHADOW_QUOTA`: live jobs are packed by another. */
  readonly packer: Pick<Packer, "add">;
  readonly contracts: Contracts;
  readonly metrics: Pick<GatewayMetrics, "shadowSubmitted">;
  /** Whether shadows are parts of the recorded traces of their live jobs. */
  readonly isTraced: boolean;
}

export interface Shadowed {
  readonly plan: Plan;
  readonly submission: Submission;
}

/**
 * Has other versions score what was accepted as well. Nobody waits for them, and whatever becomes of them
 * changes nothing for the live job.
 */
export class Shadows {
  readonly #options: ShadowsOptions;

  constructor(options: ShadowsOptions) {
    this.#options = options;
  }

  /** @param id of the live job, which is accepted. Never throws */
  add(id: string, job: PackableJob, request: Shadowed): void {
    for (const shadow of request.plan.shadows) void this.#add(id, job, request, shadow);
  }

  async #add(id: string, job: PackableJob, request: Shadowed, shadow: PlannedShadow) {
    const { packer, metrics } = this.#options;
    let outcome = "accepted";
    try {
      const { max_batch_size: rowsMax } = shadow.version.manifest.batching;
      await packer.add(this.#shadowOf(id, job, request, shadow), shadowRows(rowsMax)).done;
    } catch (error) {
      const isFull = error instanceof ScoringError && error.code === "queue_full";
      outcome = isFull ? "dropped" : "failed";
    }
    metrics.shadowSubmitted(viaOf(request.plan), shadow.name, outcome);
  }

  /** @throws {ScoringError} when the parameters are not what it takes */
  #shadowOf(id: string, job: PackableJob, { submission, plan }: Shadowed, shadow: PlannedShadow) {
    const { contracts, isTraced } = this.#options;
    const { name, version } = shadow;
    const via = viaOf(plan);
    const parent = {
      ...via,
      id,
      tenant: job.tenant,
      shadow: name,
      pipeline: plan.version.manifest.pipeline.type,
    };
    return {
      ...job,
      model: version.id,
      // Without what is captured of the live job.
      via,
      class: "shadow",
      tenant: SHADOW_TENANT,
      parameters: parametersOf(submission, contracts.of(version)),
      metadata: undefined,
      waiter: undefined,
      limits: limitsOf(job.limits),
      idempotency: undefined,
      webhook: undefined,
      trace: isTraced && recordedTraceparent(job.trace) ? job.trace : undefined,
      takes: false,
      ownPacks: false,
      parent: packParent(parent),
    } satisfies PackableJob;
  }
}

/** What has shadows came by an endpoint. */
function viaOf({ via }: Plan): Via {
  return via ?? NO_ENDPOINT;
}

/** One retry finds out whose worker dies with it; more would let it have a whole worker to itself. */
function limitsOf({ attemptMs }: JobLimits): JobLimits {
  return {
    startMs: START_MS,
    attemptMs,
    totalMs: START_MS + 2 * attemptMs,
    retries: 1,
    retentionSeconds: KEPT_SECONDS,
  };
}
