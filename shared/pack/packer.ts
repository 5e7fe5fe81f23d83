import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import type { Clock } from "../clock.ts";
import { ScoringError } from "../error.ts";
import { failpoint } from "../failpoint.ts";
import type { IdFactory, JobIds } from "../id.ts";
import type { Quota } from "../job/quota.ts";
import type { NewJob } from "../job/new-job.ts";
import {
  acceptanceUnknown,
  keyReused,
  queueFull,
  queuePaused,
  quotaExceeded,
  unavailable,
} from "../job/refusals.ts";
import { Tick } from "../job/tick.ts";
import { laneName, type Lane } from "../lane.ts";
import { type Logger, reasonOf } from "../log.ts";
import { keysForPack } from "../redis/keys.ts";
import { accept, CLAIM_SECONDS, type RefusalKind, type Verdict } from "./accept.ts";
import { hasRoom, headerOf, type OpenPack, type PackableJob } from "./open-pack.ts";

export interface PackerOptions {
  /** A connection for requests: it fails at once while Redis is away. */
  readonly redis: Redis;
  /** Of `shared/lane/shifts.ts`. */
  readonly shifts: { readonly add: (lane: Lane) => Promise<void> };
  readonly ids: Pick<IdFactory, "packName" | "jobIds">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly quota: Quota;
}

/** The job is durable; or the key of its request is bound to another, which stands for it. */
export type Submitted = Extract<Verdict, { readonly kind: "accepted" | "replayed" }>;

export interface AddedJob {
  /** Known before it is accepted, so that whoever waits can listen first. */
  readonly id: string;
  /**
   * The job is durable: from then on it will be done. Rejects with a `ScoringError`: `queue_full`,
   * `quota_exceeded`, `idempotency_key_reused` or `service_unavailable` (nothing was stored),
   * `acceptance_unknown` (Redis' reply was lost).
   */
  readonly done: Promise<Submitted>;
}

type Verdicts = readonly Verdict[];

interface Open {
  readonly pack: OpenPack;
  readonly ids: JobIds;
  readonly verdicts: Promise<Verdicts | undefined>;
}

/**
 * Group commit: all jobs of one turn of the event loop and one lane are accepted by one script call, in
 * packs of those that have a header in common.
 */
export class Packer {
  readonly #options: PackerOptions;
  /** Packs of this turn, by header: the last of each, which may have room. */
  readonly #open = new Map<string, Open>();
  /** Tells the packs of this process from those of others under the same name. */
  readonly #nonce = randomBytes(5).toString("base64url");
  #packs = 0;
  readonly #tick = new Tick<OpenPack, Verdicts>(
    ({ lane }) => laneName(lane),
    async (packs) => this.#accept(packs),
    ({ jobs }) => jobs.length,
  );

  constructor(options: PackerOptions) {
    this.#options = options;
  }

  /** @param rowsMax most rows that run at once, and so most of a pack */
  add(job: PackableJob, rowsMax: number): AddedJob {
    const { pack, ids, verdicts } = this.#openFor(job, rowsMax);
    const index = pack.jobs.length;
    const id = ids.of(index, job.tenant);
    pack.jobs.push({ ...job, id });
    pack.bytes += job.payload.length;
    return { id, done: doneOf(verdicts, index, { id, model: job.model }) };
  }

  #openFor(job: PackableJob, rowsMax: number): Open {
    const header = headerOf(job);
    const known = header === undefined ? undefined : this.#open.get(header);
    if (known !== undefined && hasRoom(known.pack, job, rowsMax)) return known;
    const pack = this.#newPack(job);
    const ids = this.#options.ids.jobIds(pack.name);
    if (header === undefined) return { pack, ids, verdicts: this.#claim(pack, job.payload) };
    const open = { pack, ids, verdicts: this.#submit(pack) };
    // What is refused while Redis is away no accept will close: nobody may join it.
    if (this.#options.redis.status === "ready") this.#open.set(header, open);
    return open;
  }

  #newPack({ model, class: jobClass, takes }: PackableJob): OpenPack {
    const { ids, clock } = this.#options;
    this.#packs += 1;
    return {
      lane: { model, class: jobClass },
      name: ids.packName(clock.now()),
      nonce: `${this.#nonce}${this.#packs.toString(36)}`,
      isTaken: takes,
      jobs: [],
      bytes: 0,
    };
  }

  async #submit(pack: OpenPack): Promise<Verdicts | undefined> {
    if (this.#options.redis.status !== "ready") throw unavailable();
    return this.#tick.add(pack);
  }

  /** Stores its payload first, unless there is one under its name: that is another gateway's. */
  async #claim(pack: OpenPack, payload: Buffer): Promise<Verdicts | undefined> {
    const { redis } = this.#options;
    if (redis.status !== "ready") throw unavailable();
    const input = keysForPack(pack.name).packInput(pack.name);
    try {
      const isOurs = await redis.set(input, payload, "EX", CLAIM_SECONDS, "NX");
      if (isOurs === null) throw new Error("another pack has its name");
      failpoint("input stored");
    } catch (cause) {
      throw unavailable(cause);
    }
    return this.#submit(pack);
  }

  async #accept(packs: readonly OpenPack[]): Promise<readonly Verdicts[]> {
    // All packs of the turn are handed over together: what comes from now on is of the next one.
    this.#open.clear();
    const [first] = packs;
    if (first === undefined) return [];
    const { redis, quota } = this.#options;
    const { verdicts, arm } = await accept(redis, { lane: first.lane, packs, quota });
    failpoint("accepted");
    if (arm) this.#wake(first.lane);
    return verdicts;
  }

  /** A shift that does not arrive is added by the courier. */
  #wake(lane: Lane): void {
    const { shifts, logger } = this.#options;
    shifts.add(lane).then(
      () => failpoint("shift added"),
      (error: unknown) => logger.warn({ reason: reasonOf(error) }, "shift not acknowledged"),
    );
  }
}

/** @throws {ScoringError} */
async function doneOf(
  verdicts: Promise<Verdicts | undefined>,
  index: number,
  job: Pick<NewJob, "id" | "model">,
): Promise<Submitted> {
  let all: Verdicts | undefined;
  try {
    all = await verdicts;
  } catch (error) {
    throw asRefusal(error, job.id);
  }
  const verdict = all?.[index];
  if (verdict?.kind === "accepted" || verdict?.kind === "replayed") return verdict;
  throw refused(verdict?.kind, job.model);
}

function refused(kind: RefusalKind | undefined, model: string): ScoringError {
  switch (kind) {
    case "queue_full":
      return queueFull(model);
    case "paused":
      return queuePaused();
    case "tenant_full":
      return quotaExceeded();
    case "key_reused":
      return keyReused();
    case "input_lost":
    case "collision":
    case undefined:
      return unavailable();
  }
}

/** A reply that names an error came from Redis, which then stored nothing; all else is unknown. */
function asRefusal(error: unknown, jobId: string): Error {
  if (error instanceof ScoringError) return error;
  if (error instanceof Error && error.name === "ReplyError") return unavailable(error);
  return acceptanceUnknown(error, jobId);
}
