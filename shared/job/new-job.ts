import type { LaneClass } from "../lane.ts";
import type { Subscription } from "../webhook/subscription.ts";
import type { JobLimits } from "./limits.ts";
import type { JobForm, Via } from "./view.ts";

/** What a gateway hands to accept. */
export interface NewJob {
  readonly id: string;
  readonly model: string;
  /** Undefined unless an endpoint chose the model. */
  readonly via: Via | undefined;
  readonly class: LaneClass;
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
  readonly limits: JobLimits;
  /** Set when the request had an `Idempotency-Key`. */
  readonly idempotency: Idempotency | undefined;
  /** What is to be called when it moves on, beside the endpoints of its tenant. */
  readonly webhook: Subscription | undefined;
  /** To find it again by, packed by `trace.ts`; undefined when its client sent nothing, and it is not recorded. */
  readonly trace?: string | undefined;
  /** Set for a shadow: the job that it stands beside, packed by `shadow/parent.ts`. */
  readonly parent?: string | undefined;
}

/** A key of the client, which is bound to the first job that is accepted with it. */
export interface Idempotency {
  /** Digest of tenant, route and key. */
  readonly scope: string;
  /** Digest of what was asked for; another one under the same key is refused. */
  readonly fingerprint: string;
}
