import type { Redis } from "ioredis";
import { ScoringError } from "../error.ts";
import { unpackLimits } from "./limits.ts";
import { isTerminal, jobStatuses, type JobView, type WebhookState } from "./record.ts";
import { asList, asNumber, asOneOf, asText, Script, type Reply } from "../redis/script.ts";
import { deliveryStatuses } from "../webhook/delivery.ts";
import { partitionOf } from "../id.ts";
import { jobClasses } from "../lane.ts";
import { keysFor } from "../redis/keys.ts";
import { Tick } from "./tick.ts";

const script = new Script([{ url: new URL("./read.lua", import.meta.url) }]);

/** A result that its own POST took along is kept this long, for a retry of that request. */
export const TAKEN_RESULT_SECONDS = 300;

/**
 * `read` only reads. `wait` also asks to be told when the job ends, `follow` at every change. `take`
 * reads for the POST that made the job: an ended one is then kept for minutes instead of an hour.
 */
export type ReadMode = "read" | "wait" | "follow" | "take";

const MODES: Readonly<Record<ReadMode, string>> = { read: "", wait: "w", follow: "e", take: "p" };

/** A record whose job was deleted: it says so for a while, and nothing else. */
export const DELETED = "deleted";

/** There is no record, and it was not its time: it went with all that Redis held. */
export const LOST = "lost";

export type Found = JobView | typeof DELETED | undefined;
export type Sought = Found | typeof LOST;

interface Asked {
  readonly id: string;
  readonly mode: ReadMode;
}

/** Reads job records; all that are asked for in one turn of the event loop travel together. */
export class JobReader {
  readonly #redis: Redis;
  readonly #gateway: string;
  readonly #wasLost: (id: string) => boolean;
  readonly #tick = new Tick<Asked, Sought>(
    ({ id }) => partitionOf(id),
    async (asked) => this.#read(asked),
  );

  /** @param gateway the id to write down where this process waits @param wasLost of a missing record */
  constructor(redis: Redis, gateway: string, wasLost: (id: string) => boolean) {
    this.#redis = redis;
    this.#gateway = gateway;
    this.#wasLost = wasLost;
  }

  /**
   * @returns `deleted` for a tombstone, undefined or `lost` when there is no record
   * @throws {ScoringError} `service_unavailable` when Redis does not answer
   */
  async read(id: string, mode: ReadMode): Promise<Sought> {
    return this.#tick.add({ id, mode });
  }

  async #read(asked: readonly Asked[]): Promise<readonly Sought[]> {
    try {
      const jobs = await readJobs(this.#redis, this.#gateway, asked);
      return jobs.map((job, i) => job ?? (this.#wasLost(asked[i]?.id ?? "") ? LOST : undefined));
    } catch (cause) {
      const message = "The job's record cannot be read at the moment; the job itself is safe.";
      throw new ScoringError("service_unavailable", message, { cause });
    }
  }
}

/**
 * @param gateway written down as waiting for the jobs that are read with mode `wait`
 * @param jobs of one partition
 * @returns a view per job, in their order; `deleted` for a tombstone, undefined for no record
 */
export async function readJobs(
  redis: Redis,
  gateway: string,
  jobs: readonly Asked[],
): Promise<readonly Found[]> {
  const keys = keysFor(jobs[0]?.id ?? "");
  const reply = await script.run(
    redis,
    jobs.map(({ id }) => keys.job(id)),
    [
      gateway,
      TAKEN_RESULT_SECONDS,
      keys.outstandingPrefix,
      keys.delivery(""),
      ...jobs.flatMap(({ id, mode }) => [id, MODES[mode]]),
    ],
  );
  const found = asList(reply);
  return jobs.map(({ id }, i) => viewOf(id, found[i]));
}

function viewOf(id: string, reply: Reply | undefined): Found {
  if (!Array.isArray(reply)) return undefined;
  const fields = reply as readonly Reply[];
  const text = (position: number): string | undefined => asText(fields[position]);
  const status = asOneOf(fields[0], [...jobStatuses, DELETED]);
  if (status === DELETED) return DELETED;
  const limits = text(14);
  const createdAtMs = asNumber(fields[10]) ?? 0;
  return {
    id,
    status,
    model: text(1) ?? "",
    class: asOneOf(fields[2], jobClasses),
    attempt: asNumber(fields[3]) ?? 1,
    form: text(4) === "n" ? "many" : "one",
    rows: asNumber(fields[17]) ?? 1,
    tenant: text(5) ?? "",
    metadata: text(6),
    output: text(7),
    error: text(8),
    metrics: text(9),
    history: text(16),
    limits: limits === undefined ? undefined : unpackLimits(limits),
    createdAtMs,
    queuedAtMs: asNumber(fields[13]) ?? createdAtMs,
    // A job that was handed back has begun once, and waits again.
    startedAtMs: status === "queued" ? undefined : asNumber(fields[11]),
    isInRun: text(15) !== undefined,
    ahead: asNumber(fields[19]),
    endedAtMs: asNumber(fields[12]),
    webhook: text(20) === undefined ? undefined : webhookOf(fields, isTerminal(status)),
    expiresAtMs: asNumber(fields[18]),
  };
}

/** Before the end nothing of it can be delivered; after it, no delivery means that none was wanted. */
function webhookOf(fields: readonly Reply[], hasEnded: boolean): WebhookState {
  const status = asText(fields[21]);
  return {
    status:
      status === undefined
        ? hasEnded
          ? "skipped"
          : "pending"
        : asOneOf(fields[21], deliveryStatuses),
    attempts: asNumber(fields[22]) ?? 0,
    nextAttemptAtMs: asNumber(fields[23]),
    lastStatus: asNumber(fields[24]),
  };
}
