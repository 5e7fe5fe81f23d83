import type { Redis } from "ioredis";
import { asList, asNumber, asOneOf, asText, Script, type Reply } from "../redis/script.ts";
import { includeOf, type DeathReason, type DeliveryHead } from "./delivery.ts";
import { eventLetters, typeOf } from "./event-types.ts";
import { keysFor, workKeys } from "../redis/keys.ts";

const at = (file: string): URL => new URL(file, import.meta.url);
const claimScript = new Script(at("./delivery-claim.lua"));
const recordScript = new Script(at("./deliver-end.lua"), at("./delivery-record.lua"));
const releaseScript = new Script(at("./delivery-release.lua"));
const againScript = new Script(at("./deliver-end.lua"), at("./delivery-again.lua"));
const pingScript = new Script(at("./deliver.lua"), at("./ping.lua"));

/** Most in flight to one target, all couriers together. */
const FLIGHTS_MAX = 4;
/** Failures in a row after which a target is tried with one delivery at a time, until one arrives. */
const FAILURES_MAX = 5;
/** How long a record is kept for a delivery that is sent again: the schedule's length and a margin. */
const AGAIN_SECONDS = 345_600;

/** A delivery that a courier has for a while. */
export interface ClaimedDelivery extends DeliveryHead {
  /** In all. */
  readonly attempts: number;
  /** Of those, how many were made before somebody had it sent again. */
  readonly attemptsBefore: number;
  /** Attempts so far; see `withAttempt`. */
  readonly log: string;
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
  const reply = await claimScript.run(
    redis,
    [workKeys.targets, workKeys.claim(token)],
    [
      leaseMs,
      most,
      FLIGHTS_MAX,
      FAILURES_MAX,
      token,
      workKeys.target(""),
      workKeys.flights(""),
      workKeys.breaker(""),
      workKeys.delivery(""),
    ],
  );
  return asList(reply).map((fields) => claimedOf(asList(fields), token));
}

function claimedOf(fields: readonly Reply[], token: string): ClaimedDelivery {
  const text = (position: number): string => asText(fields[position]) ?? "";
  return {
    id: text(0),
    resource: text(1),
    tenant: text(2),
    type: typeOf(text(3)),
    attempt: asNumber(fields[4]),
    target: text(5),
    url: text(6) === "" ? undefined : text(6),
    include: includeOf(text(7)),
    attempts: asNumber(fields[8]) ?? 0,
    attemptsBefore: asNumber(fields[9]) ?? 0,
    createdAtMs: asNumber(fields[10]) ?? 0,
    extra: text(11),
    log: text(12),
    token,
  };
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
  /** An endpoint of which attempts have failed for so long, and none has not, is disabled. */
  readonly disableAfterMs: number;
}

/** `disabled`: recorded, and its endpoint gets nothing more. `late`: another has it by now. */
export type RecordVerdict = (typeof recordVerdicts)[number];
const recordVerdicts = ["recorded", "disabled", "late"] as const;

export async function recordAttempt(redis: Redis, attempted: Attempted): Promise<RecordVerdict> {
  const { delivery, outcome, log, lastStatus, waitMs, reason } = attempted;
  const keys = keysFor(delivery.id);
  const reply = await recordScript.run(
    redis,
    [
      keys.delivery(delivery.id),
      keys.breaker(delivery.target),
      keys.webhookEndpoint(delivery.target),
    ],
    [
      delivery.id,
      delivery.token,
      outcome,
      log,
      lastStatus ?? "",
      waitMs ?? "",
      reason,
      attempted.disableAfterMs,
      reason === "gone" ? "1" : "",
      keys.hooks(""),
      keys.deliveryEndPlaces,
    ],
  );
  return asOneOf(reply, recordVerdicts);
}

/** Hands deliveries back that were claimed and not sent. */
export async function releaseDeliveries(
  redis: Redis,
  deliveries: readonly Pick<ClaimedDelivery, "id" | "token">[],
): Promise<void> {
  for (const [token, group] of Map.groupBy(deliveries, (one) => one.token)) {
    const ids = group.map(({ id }) => id);
    const keys = keysFor(ids[0] ?? "");
    const records = ids.map((id) => keys.delivery(id));
    const args = [token, keys.target(""), keys.flights(""), ...ids];
    await releaseScript.run(redis, [keys.targets, ...records], args);
  }
}

/** `gone`: what it told of is no longer kept. */
export type AgainVerdict = (typeof againVerdicts)[number];
const againVerdicts = ["done", "missing", "gone"] as const;

/** Sends a delivery once more, from the start of its schedule; a pending one at once. */
export async function deliverAgain(redis: Redis, id: string): Promise<AgainVerdict> {
  const keys = keysFor(id);
  const args = [id, keys.deliveryEndPlaces, AGAIN_SECONDS];
  const reply = await againScript.run(redis, [keys.delivery(id)], args);
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
  const args = [ping.id, ping.endpoint, ping.tenant, eventLetters["webhook.ping"]];
  const keys = keysFor(ping.id);
  const places = [keys.webhookEndpoint(ping.endpoint), keys.tenants];
  const reply = await pingScript.run(redis, places, [...args, keys.deliveryPlaces]);
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
