import type { Redis } from "ioredis";
import { deliveryOf, type DeliveryView } from "../webhook/delivery.ts";
import { keys } from "./keys.ts";

/** Where a listing of deliveries goes on: behind this one, towards older ones. */
export interface DeliveryPlace {
  readonly createdAtMs: number;
  readonly id: string;
}

/** @returns undefined when there is none, or its time is over */
export async function readDelivery(redis: Redis, id: string): Promise<DeliveryView | undefined> {
  const fields = await redis.hgetall(keys.delivery(id));
  return Object.keys(fields).length === 0 ? undefined : deliveryOf(id, fields);
}

/** Deliveries of a job's events that are still known, oldest first. */
export async function readDeliveriesOf(
  redis: Redis,
  job: string,
): Promise<readonly DeliveryView[]> {
  const ids = await redis.smembers(keys.deliveriesOf(job));
  const found = await Promise.all(ids.map(async (id) => readDelivery(redis, id)));
  return found
    .filter((delivery) => delivery !== undefined)
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
}

export interface DeliveryWindow {
  /** Dead ones are listed by themselves. */
  readonly onlyDead: boolean;
  /** Undefined: from the newest. */
  readonly after: DeliveryPlace | undefined;
  /** Epoch ms, inclusive; undefined for all. */
  readonly sinceMs?: number | undefined;
  readonly count: number;
}

/** Ids of a tenant's deliveries, newest first. Some may have expired; their hashes say so. */
export async function listDeliveries(
  redis: Redis,
  tenant: string,
  { onlyDead, after, sinceMs, count }: DeliveryWindow,
): Promise<readonly DeliveryPlace[]> {
  const key = onlyDead ? keys.deadLetters(tenant) : keys.deliveries(tenant);
  const from = after === undefined ? "+inf" : String(after.createdAtMs);
  const places: DeliveryPlace[] = [];
  // Members of one score come in descending order of id, as `listIds` has it for jobs.
  for (let offset = 0; places.length < count; offset += count) {
    const range = ["WITHSCORES", "LIMIT", offset, count] as const;
    const flat = await redis.zrevrangebyscore(key, from, sinceMs ?? "-inf", ...range);
    for (let i = 0; i < flat.length; i += 2) {
      const place = { id: flat[i] ?? "", createdAtMs: Number(flat[i + 1]) };
      if (after === undefined || isBehind(place, after)) places.push(place);
    }
    if (flat.length < 2 * count) break;
  }
  return places.slice(0, count);
}

function isBehind(place: DeliveryPlace, after: DeliveryPlace): boolean {
  if (place.createdAtMs !== after.createdAtMs) return place.createdAtMs < after.createdAtMs;
  return place.id < after.id;
}
