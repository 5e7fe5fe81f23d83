import { randomUUID } from "node:crypto";
import type { Clock } from "../../shared/clock.ts";
import { covers } from "../../shared/access/rights.ts";
import { fault } from "../../shared/error.ts";
import type { Quota } from "../../shared/job/quota.ts";
import type { JobView } from "../../shared/job/view.ts";
import { laneName } from "../../shared/lane.ts";
import type { Shifts } from "../../shared/lane/shifts.ts";
import { failedJobs, type FailedWindow } from "../../shared/pack/failed.ts";
import { retryJob, type RetryVerdict } from "../../shared/pack/retry.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { workKeys as keys } from "../../shared/redis/keys.ts";
import type { ListingEntry } from "../../shared/redis/listing.ts";
import { asking, type Ask } from "../../shared/redis/reach.ts";
import { rfc3339 } from "../../shared/rfc3339.ts";
import { audit } from "../access/audit.ts";
import { callerOf, type Caller } from "../access/caller.ts";
import { jsonAnswer } from "../http/answers.ts";
import type { GatewayMetrics } from "../http/metrics.ts";
import type { Handler } from "../http/openapi/operation.ts";
import { parseBody } from "../http/parse-json.ts";
import { readBody } from "../http/read-body.ts";
import type { ControlServices } from "./control.ts";
import { retryFailedSchema, type RetryJson } from "./queue-schema.ts";
import { findLane } from "./queue-view.ts";

const BODY_BYTES_MAX = 4096;
/** How long one request may go on, in ms. */
const BUDGET_MS = 5000;
/** Retries under way at a time: what others ask of Redis comes in between. */
const RETRIES = 8;

/** Where a walk over the jobs of all tenants is. */
interface Position {
  readonly untilMs: number;
  /** The tenant whose jobs are looked at; "" before the first. */
  readonly tenant: string;
  readonly after: ListingEntry | undefined;
}

interface Walk extends Position {
  readonly sinceMs: number;
  readonly lane: string | undefined;
  /** Whether a job's model is one that the caller may use. */
  readonly isMeant: (job: JobView) => boolean;
}

interface Counts {
  readonly retried: number;
  readonly gone: number;
  readonly refused: number;
}

/** Queues what failed once more, tenant by tenant and step by step. */
export class FailedRetrier {
  readonly #quota: Quota;
  readonly #shifts: Shifts;
  readonly #metrics: Pick<GatewayMetrics, "jobRetried">;
  readonly #ask: Ask;

  constructor(
    redis: Redis,
    { quota, shifts, metrics }: { quota: Quota; shifts: Shifts; metrics: GatewayMetrics },
  ) {
    this.#quota = quota;
    this.#shifts = shifts;
    this.#metrics = metrics;
    this.#ask = asking(redis, "The queue cannot be reached at the moment.");
  }

  /** @returns how many, and where it is when its time was over before its end */
  async retry(walk: Walk): Promise<Counts & { readonly next: Position | undefined }> {
    const overAtMs = performance.now() + BUDGET_MS;
    const verdicts: RetryVerdict[] = [];
    let { tenant, after } = walk;
    const { untilMs } = walk;
    for (const one of await this.#tenantsFrom(tenant)) {
      if (one !== tenant) [tenant, after] = [one, undefined];
      do {
        if (performance.now() > overAtMs) {
          return { ...countsOf(verdicts), next: { untilMs, tenant, after } };
        }
        const step = await this.#ask(failedJobs, windowOf(walk, tenant, after));
        verdicts.push(...(await this.#retryAll(step.jobs.filter(walk.isMeant))));
        after = step.next;
      } while (after !== undefined);
    }
    return { ...countsOf(verdicts), next: undefined };
  }

  async #tenantsFrom(first: string): Promise<readonly string[]> {
    const all = await this.#ask(async (redis) => redis.smembers(keys.tenants));
    return all.filter((tenant) => tenant >= first).toSorted();
  }

  async #retryAll(jobs: readonly JobView[]): Promise<readonly RetryVerdict[]> {
    const verdicts: RetryVerdict[] = [];
    for (let i = 0; i < jobs.length; i += RETRIES) {
      const some = jobs.slice(i, i + RETRIES);
      verdicts.push(...(await Promise.all(some.map(async (job) => this.#retryOne(job)))));
    }
    return verdicts;
  }

  async #retryOne(job: JobView): Promise<RetryVerdict> {
    const options = { job, quota: this.#quota, token: randomUUID() };
    const verdict = await this.#ask(retryJob, this.#shifts, options);
    if (verdict === "accepted") this.#metrics.jobRetried(job);
    return verdict;
  }
}

function windowOf({ lane, sinceMs, untilMs }: Walk, tenant: string, after?: ListingEntry) {
  return { tenant, lane, sinceMs, untilMs, after } satisfies FailedWindow;
}

/** What others retried or erased meanwhile counts for nothing. */
function countsOf(verdicts: readonly RetryVerdict[]): Counts {
  const count = (...wanted: RetryVerdict[]): number =>
    verdicts.filter((verdict) => wanted.includes(verdict)).length;
  return {
    retried: count("accepted"),
    gone: count("input_lost"),
    refused: count("queue_full", "tenant_full", "paused"),
  };
}

export interface RetryFailedServices extends ControlServices {
  readonly clock: Clock;
  readonly retrier: FailedRetrier;
  readonly memory: { readonly check: () => void };
}

/** `POST /v1/queue/retry-failed`: jobs of all tenants that failed since a time, as their next attempts. */
export const retryFailed: Handler<RetryFailedServices> = async (c, services) => {
  const { retrier, memory, clock, logger } = services;
  const caller = callerOf(c);
  const {
    since,
    lane: name,
    cursor,
  } = parseBody(retryFailedSchema, await readBody(c, BODY_BYTES_MAX));
  const lane = name === undefined ? undefined : laneName(await findLane(name, caller, services));
  memory.check();
  const begin = { untilMs: clock.now(), tenant: "", after: undefined };
  const position = cursor === undefined ? begin : positionOf(cursor);
  const sinceMs = Date.parse(since);
  const { next, ...counts } = await retrier.retry({
    ...position,
    sinceMs,
    lane,
    isMeant: isMeantFor(caller),
  });
  const until = rfc3339(position.untilMs);
  const of = { lane: lane ?? "all", since: rfc3339(sinceMs) };
  audit(logger, caller, "failed jobs retried", { of, before: undefined, after: counts });
  const next_cursor = next === undefined ? null : cursorOf(next);
  return jsonAnswer({ object: "retry", ...counts, until, next_cursor } satisfies RetryJson);
};

/** A shadow that failed has been compared as such. */
function isMeantFor(caller: Caller): (job: JobView) => boolean {
  return (job) => job.class !== "shadow" && covers(caller, job.model);
}

/** Opaque to clients. */
function cursorOf({ untilMs, tenant, after }: Position): string {
  const parts = [untilMs, tenant, after?.createdAtMs ?? "", after?.id ?? ""];
  return Buffer.from(parts.join(" ")).toString("base64url");
}

/** @throws {ScoringError} `invalid_input` */
function positionOf(cursor: string): Position {
  const text = Buffer.from(cursor, "base64url").toString();
  const [, until, tenant = "", created, id] = CURSOR.exec(text) ?? [];
  if (until === undefined) throw fault("invalid_input", "/cursor", "is not one of ours");
  const after = id ? { createdAtMs: Number(created), id } : undefined;
  return { untilMs: Number(until), tenant, after };
}

const CURSOR = /^(\d{1,15}) ([\w~-]{0,100}) (\d{0,15}) ([\w:]{0,100})$/;
