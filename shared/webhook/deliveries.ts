import type { Redis } from "ioredis";
import { FieldTable, type Decoded } from "../redis/fields.ts";
import { keysFor, workKeys } from "../redis/keys.ts";
import { asList, asOneOf, asText, script } from "../redis/script.ts";
import { deliver, deliverEnd, resourceFields } from "./deliver.ts";
import { deliveryFields, headFields, type DeathReason } from "./delivery.ts";
import { breakerFields, endpointFields } from "./endpoints.ts";
import { eventLetters } from "./event-types.ts";

const at = (file: string): URL => new URL(file, import.meta.url);
const writes = { DELIVERY: deliveryFields };
const claimedFields = new FieldTable({
  ...headFields.fields,
  ...deliveryFields.pick("attempts", "attemptsBefore", "log").fields,
});
const stateFields = deliveryFields.pick(
  "status",
  "claim",
  "target",
  "tenant",
  "resourceKey",
  "attempts",
);
const claimScript = script(at("./delivery-claim.lua"), {
  keys: ["targets", "claim"],
  args: ["leaseMs", "most", "flightsMost", "failuresMost", "token"],
  reads: { readDelivery: claimedFields },
  writes: { ...writes, BREAKER: breakerFields },
});
const recordScript = script(at("./delivery-record.lua"), {
  behind: [deliverEnd],
  keys: ["delivery", "breaker", "endpoint"],
  args: ["id", "token", "outcome", "log", "lastStatus", "waitMs", "reason", "disableAfterMs"],
  reads: { readDelivery: stateFields },
  writes: { ...writes, BREAKER: breakerFields, ENDPOINT: endpointFields },
});
const releaseScript = script(at("./delivery-release.lua"), {
  keys: ["targets"],
  args: ["token"],
  each: { keys: ["delivery"], args: ["id"] },
  reads: { readDelivery: deliveryFields.pick("claim", "target") },
  writes,
});
const againScript = script(at("./delivery-again.lua"), {
  behind: [deliverEnd],
  keys: ["delivery"],
  args: ["id", "keptSeconds"],
  reads: { readDelivery: stateFields },
  writes: { ...writes, RESOURCE: resourceFields },
});
const pingScript = script(at("./ping.lua"), {
  behind: [deliver],
  keys: ["record", "tenants"],
  args: ["id", "endpoint", "tenant", "letter"],
});

/** Most in flight to one target, all couriers together. */
const FLIGHTS_MAX = 4;
/** Failures in a row after which a target is tried with one delivery at a time, until one arrives. */
const FAILURES_MAX = 5;
/** How long a record is kept for a delivery that is sent again: the schedule's length and a margin. */
const AGAIN_SECONDS = 345_600;

/** A delivery that a courier has for a while. */
export interface ClaimedDelivery extends Decoded<typeof claimedFields.fields> {
  readonly id: string;
  /** Of the claim that has it. */
  readonly token: string;
}

export interface ClaimOptions {
  /** How long what is claimed stays this courier's, in ms; longer than an attempt can take. */
  readonly leaseMs: number;
  /** 1 and up. */
  readonly most: number;
  /** Unique to this call; the same token twice is the same claim. */
  readonly token: string;
}

/** Takes deliveries that are due, of many targets rather than many of one. */
export async function claimDeliveries(
  redis: Redis,
  { leaseMs, most, token }: ClaimOptions,
): Promise<readonly ClaimedDelivery[]> {
  const reply = await claimScript.run(redis, {
    targets: workKeys.targets,
    claim: workKeys.claim(token),
    leaseMs,
    most,
    flightsMost: FLIGHTS_MAX,
    failuresMost: FAILURES_MAX,
    token,
  });
  return asList(reply).map((claimed) => {
    const [id, record] = asList(claimed);
    return { id: asText(id) ?? "", ...claimedFields.decodeReply(asList(record)), token };
  });
}

/** What comes of one attempt, or of none. */
export interface Attempted {
  readonly delivery: Pick<ClaimedDelivery, "id" | "target" | "token">;
  /** `none`: there was nobody to send it to, or nothing to send. */
  readonly outcome: "ok" | "failed" | "none";
  /** The log with this attempt. */
  readonly log: string;
  readonly lastStatus: number | undefined;
  /** Until the next attempt, in ms; undefined when it is the last one. */
  readonly waitMs: number | undefined;
  /** Why it is dead, when there is no next one. */
  readonly reason: DeathReason;
  /** An endpoint is disabled after failing continuously for this long. */
  readonly disableAfterMs: number;
}

/** `disabled`: recorded, and its endpoint gets nothing more. `late`: another has it by now. */
export type RecordVerdict = (typeof recordVerdicts)[number];
const recordVerdicts = ["recorded", "disabled", "late"] as const;

export async function recordAttempt(redis: Redis, attempted: Attempted): Promise<RecordVerdict> {
  const { delivery, lastStatus, waitMs, ...told } = attempted;
  const keys = keysFor(delivery.id);
  const reply = await recordScript.run(redis, {
    ...told,
    delivery: keys.delivery(delivery.id),
    breaker: keys.breaker(delivery.target),
    endpoint: keys.webhookEndpoint(delivery.target),
    id: delivery.id,
    token: delivery.token,
    lastStatus: lastStatus ?? "",
    waitMs: waitMs ?? "",
  });
  return asOneOf(reply, recordVerdicts);
}

/** Hands deliveries back that were claimed and not sent. */
export async function releaseDeliveries(
  redis: Redis,
  deliveries: readonly Pick<ClaimedDelivery, "id" | "token">[],
): Promise<void> {
  for (const [token, group] of Map.groupBy(deliveries, (one) => one.token)) {
    const keys = keysFor(group[0]?.id ?? "");
    const items = group.map(({ id }) => ({ delivery: keys.delivery(id), id }));
    await releaseScript.run(redis, { targets: keys.targets, token, items });
  }
}

/** `gone`: what it told of is no longer kept. */
export type AgainVerdict = (typeof againVerdicts)[number];
const againVerdicts = ["done", "missing", "gone"] as const;

/** Sends a delivery once more, from the start of its schedule; a pending one at once. */
export async function deliverAgain(redis: Redis, id: string): Promise<AgainVerdict> {
  const delivery = keysFor(id).delivery(id);
  const reply = await againScript.run(redis, { delivery, id, keptSeconds: AGAIN_SECONDS });
  return asOneOf(reply, againVerdicts);
}

export interface Ping {
  /** Of the delivery: `evt_` + 26 characters. */
  readonly id: string;
  readonly endpoint: string;
  readonly tenant: string;
}

/** Queues a test event. @returns false when there is no such endpoint */
export async function pingEndpoint(redis: Redis, ping: Ping): Promise<boolean> {
  const keys = keysFor(ping.id);
  const reply = await pingScript.run(redis, {
    ...ping,
    record: keys.webhookEndpoint(ping.endpoint),
    tenants: keys.tenants,
    letter: eventLetters["webhook.ping"],
  });
  return asOneOf(reply, ["stored", "missing"]) === "stored";
}

/** Deliveries that wait for their turn. */
export interface PendingDeliveries {
  /** Receivers with deliveries pending. */
  readonly targets: number;
  /** By how much the one that is due first is late, in ms; 0 and less: it is not due yet. */
  readonly lateMs: number;
}

/** While Redis cannot be asked there seem to be none. */
export async function readPending(redis: Redis, nowMs: number): Promise<PendingDeliveries> {
  const none = { targets: 0, lateMs: 0 };
  if (redis.status !== "ready") return none;
  const [targets, first] = await Promise.all([
    redis.zcard(workKeys.targets),
    redis.zrange(workKeys.targets, "0", "0", "WITHSCORES"),
  ]);
  const dueMs = first[1];
  return { targets, lateMs: dueMs === undefined ? 0 : nowMs - Number(dueMs) };
}
