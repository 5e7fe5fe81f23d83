import type { Redis } from "ioredis";
import type { Clock } from "../clock.ts";
import type { IdFactory } from "../id.ts";
import type { NewJob } from "../job/record.ts";
import type { Lane } from "../lane.ts";
import type { Logger } from "../log.ts";
import type { Quota, Verdict } from "./accept.ts";

export interface PackerOptions {
  /** A connection for requests: it fails at once while Redis is away. */
  readonly redis: Redis;
  /** Of `shared/lane/shifts.ts`. */
  readonly shifts: { readonly add: (lane: Lane) => Promise<void> };
  readonly ids: IdFactory;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly quota: Quota;
}

/** The job is durable; or the key of its request is bound to another, which stands for it. */
export type Submitted = Extract<Verdict, { readonly kind: "accepted" | "replayed" }>;

/** A job without an id, and what else decides which jobs it shares a pack with. */
export interface Placeable extends Omit<NewJob, "id"> {
  /** Whoever made it waits for it without a key, and takes the result along. */
  readonly takes: boolean;
  /** It is called when it moves on, or its tenant may be: its packs are its tenant's alone. */
  readonly ownPacks: boolean;
}

export interface Placed {
  /** Known before it is accepted, so that whoever waits can listen first. */
  readonly id: string;
  /**
   * The job is durable: from then on it will be done. Rejects with `ScoringError`: `queue_full`,
   * `quota_exceeded`, `idempotency_key_reused` or `service_unavailable` (nothing was stored),
   * `acceptance_unknown` (Redis' reply was lost).
   */
  readonly done: Promise<Submitted>;
}

/** Group commit: all jobs of one turn of the event loop and one lane are accepted by one script call. */
export class Packer {
  readonly #options: PackerOptions;

  constructor(options: PackerOptions) {
    this.#options = options;
  }

  /** @param rowsMax most rows that run at once: most of a pack */
  place(_job: Placeable, _rowsMax: number): Placed {
    throw new Error(`not built yet: ${this.#options.quota.laneJobs}`);
  }
}
