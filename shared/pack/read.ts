import type { Redis } from "ioredis";
import { ScoringError } from "../error.ts";
import { unpackLimits } from "../job/limits.ts";
import { Tick } from "../job/tick.ts";
import {
  DELETED,
  LOST,
  type Found,
  type JobView,
  type LargeOutput,
  type Sought,
  viaOf,
} from "../job/view.ts";
import { partitionOf } from "../id.ts";
import { parseLane } from "../lane.ts";
import { flowFields } from "../lane/flow.ts";
import { asList, asNumber, asText, script, type Reply } from "../redis/script.ts";
import { deliveryFields, deliveryStatuses } from "../webhook/delivery.ts";
import { asOneOf } from "../redis/script.ts";
import { packFields, seatFields } from "./record.ts";
import { seat, seatArgs, slice } from "./seat.ts";
import { withEnd } from "./view.ts";

const readScript = script(new URL("./read.lua", import.meta.url), {
  behind: [seat, slice],
  each: { keys: ["pack", "ownPack"], args: ["id", "index", "tenant", "mode"] },
  args: ["gateway"],
  reads: {
    readPack: packFields.pick(
      "lane",
      "form",
      "rows",
      "limits",
      "createdAtMs",
      "queuedAtMs",
      "attempt",
      "history",
      "run",
      "startedAtMs",
      "number",
      "segments",
      "via",
    ),
    readDelivery: deliveryFields.pick("status", "attempts", "nextAttemptAtMs", "lastStatus"),
  },
  writes: { PACK: packFields, SEAT: seatFields, FLOW: flowFields },
});

/**
 * `read` only reads. `wait` also asks to be told when the job ends, `follow` at every change. `list` leaves the
 * output out.
 */
export type ReadMode = "read" | "wait" | "follow" | "list";

const MODES: Readonly<Record<ReadMode, string>> = { read: "", wait: "w", follow: "e", list: "l" };

export interface Asked {
  readonly id: string;
  /** Whose job it must be. */
  readonly tenant: string;
  readonly mode: ReadMode;
}

/** Of a large output that are held at a time. */
const PIECE_BYTES = 256 * 1024;

/** Reads jobs; all that are asked for in one turn of the event loop travel together. */
export class JobReader {
  readonly #redis: Redis;
  readonly #gateway: string;
  readonly #wasLost: (id: string) => boolean;
  readonly #tick = new Tick<Asked, Sought>(
    ({ id }) => partitionOf(id),
    async (asked) => this.#read(asked),
  );

  /** @param gateway the id to write down where this process waits @param wasLost of a job that is missing */
  constructor(redis: Redis, gateway: string, wasLost: (id: string) => boolean) {
    this.#redis = redis;
    this.#gateway = gateway;
    this.#wasLost = wasLost;
  }

  /**
   * @returns `deleted` for a tombstone, undefined or `lost` when there is none that is this tenant's
   * @throws {ScoringError} `service_unavailable` when Redis does not answer
   */
  async read(id: string, tenant: string, mode: ReadMode): Promise<Sought> {
    return this.#tick.add({ id, tenant, mode });
  }

  /**
   * An output that has a key of its own, in pieces that are asked for one after the other.
   *
   * @throws {ScoringError} `gone_expired` when it ends before its end: it has been erased meanwhile
   */
  async *pieces({ key, bytes }: LargeOutput): AsyncGenerator<Buffer> {
    for (let from = 0; from < bytes;) {
      const piece = await this.#redis.getrangeBuffer(key, from, from + PIECE_BYTES - 1);
      if (piece.length === 0)
        throw new ScoringError("gone_expired", "The output is no longer kept.");
      yield piece;
      from += piece.length;
    }
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
 * @param gateway written down as waiting for the jobs that are read with mode `wait` or `follow`
 * @param asked of one partition
 * @returns a view per job, in their order; `deleted` for a tombstone, undefined when there is none that is
 *   the tenant's
 */
export async function readJobs(
  redis: Redis,
  gateway: string,
  asked: readonly Asked[],
): Promise<readonly Found[]> {
  const items = asked.map(({ id, tenant, mode }) => ({
    ...seatArgs(id, tenant),
    id,
    mode: MODES[mode],
  }));
  const found = asList(await readScript.run(redis, { gateway, items }));
  return asked.map((one, i) => foundOf(one, found[i]));
}

function foundOf(asked: Asked, reply: Reply | undefined): Found {
  if (asText(reply) === "D") return DELETED;
  if (!Array.isArray(reply)) return undefined;
  const [head, ...rest] = asList(reply);
  const open = openView(asked, asList(head));
  const [letter] = asList(head);
  if (asText(letter) === "W") return waitingView(open, rest);
  return endedView(open, rest, asList(head));
}

/** All but how it stands, or how it ended. */
function openView({ id, tenant }: Asked, head: readonly Reply[]): JobView {
  const [, lane, form, rows, limits, created, queued, attempt, history, metadata, wants] = head;
  const { model, class: jobClass } = parseLane(asText(lane) ?? "");
  const createdAtMs = asNumber(created) ?? 0;
  return {
    id,
    tenant,
    status: "queued",
    model,
    via: viaOf(asText(head[14])),
    class: jobClass,
    attempt: asNumber(attempt) ?? 1,
    form: asText(form) === "n" ? "many" : "one",
    rows: asNumber(rows) ?? 1,
    metadata: asText(metadata),
    output: undefined,
    largeOutput: undefined,
    error: undefined,
    metrics: undefined,
    history: asText(history),
    limits: unpackLimits(asText(limits) ?? ""),
    createdAtMs,
    queuedAtMs: asNumber(queued) ?? createdAtMs,
    startedAtMs: undefined,
    ahead: undefined,
    endedAtMs: undefined,
    expiresAtMs: undefined,
    // Before the end nothing of it can be delivered.
    webhook: asText(wants) === undefined ? undefined : { ...NO_DELIVERY, status: "pending" },
    // Empty where only what stands behind it is there.
    trace: asText(head[13]) || undefined,
  };
}

const NO_DELIVERY = { attempts: 0, nextAttemptAtMs: undefined, lastStatus: undefined };

/** It is in a run when it says since when. */
function waitingView(open: JobView, [started, ahead]: readonly Reply[]): JobView {
  const startedAtMs = asNumber(started);
  if (startedAtMs === undefined) return { ...open, ahead: asNumber(ahead) };
  return { ...open, status: "running", startedAtMs };
}

function endedView(open: JobView, rest: readonly Reply[], head: readonly Reply[]): JobView {
  const [end, delivery] = rest;
  const [attempt, started, ended, metrics, largeBytes, body, expires] = asList(end);
  const bytes = asNumber(largeBytes);
  const key = asText(head[11]) ?? "";
  const view = withEnd(open, {
    letter: asText(head[0]) ?? "",
    attempt: asNumber(attempt) ?? 1,
    startedAtMs: asText(started) === "-" ? undefined : asNumber(started),
    endedAtMs: asNumber(ended) ?? 0,
    metrics: asText(metrics) || undefined,
    bytes: bytes ?? 0,
    body: Buffer.isBuffer(body) ? body : undefined,
  });
  return {
    ...view,
    largeOutput:
      bytes === undefined ? undefined : { key: `${key}:out${asNumber(head[12]) ?? 0}`, bytes },
    expiresAtMs: asNumber(expires) ?? view.expiresAtMs,
    webhook: open.webhook && webhookOf(asList(delivery)),
  };
}

/** After the end, no delivery means that none was wanted. */
function webhookOf([status, attempts, nextAttemptAtMs, lastStatus]: readonly Reply[]): NonNullable<
  JobView["webhook"]
> {
  return {
    status: asText(status) === undefined ? "skipped" : asOneOf(status, deliveryStatuses),
    attempts: asNumber(attempts) ?? 0,
    nextAttemptAtMs: asNumber(nextAttemptAtMs),
    lastStatus: asNumber(lastStatus),
  };
}
