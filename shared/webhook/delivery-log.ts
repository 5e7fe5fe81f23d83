import type { Redis } from "ioredis";
import { deliveryOf, type DeliveryView } from "./delivery.ts";
import { ownPackOf, packOf } from "../id.ts";
import { keysFor, workKeys } from "../redis/keys.ts";
import { listIds, type ListingEntry, type ListingWindow } from "../redis/listing.ts";

/** @returns undefined when there is none, or its time is over */
export async function readDelivery(redis: Redis, id: string): Promise<DeliveryView | undefined> {
  const fields = await redis.hgetall(keysFor(id).delivery(id));
  return Object.keys(fields).length === 0 ? undefined : deliveryOf(id, fields);
}

/** In the order of the ids; undefined as with `readDelivery`. */
export async function readDeliveries(
  redis: Redis,
  ids: readonly string[],
): Promise<readonly (DeliveryView | undefined)[]> {
  return Promise.all(ids.map(async (id) => readDelivery(redis, id)));
}

/** Deliveries of the events of a job or a batch that are still known, oldest first. */
export async function readDeliveriesOf(redis: Redis, id: string): Promise<readonly DeliveryView[]> {
  const ids = id.startsWith("bat_") ? await idsOfBatch(redis, id) : await idsOfJob(redis, id);
  const found = await readDeliveries(redis, ids);
  return found
    .filter((delivery) => delivery !== undefined)
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
}

async function idsOfBatch(redis: Redis, id: string): Promise<readonly string[]> {
  return redis.smembers(keysFor(id).deliveriesOfBatch(id));
}

/** Its pack has those of all its jobs; what is told after it has moved out is in its own. */
async function idsOfJob(redis: Redis, id: string): Promise<readonly string[]> {
  const keys = keysFor(id);
  const packs = [packOf(id), ownPackOf(id)].map((pack) => keys.deliveriesOf(pack));
  const all = await redis.sunion(packs);
  return all.filter((delivery) => delivery.startsWith(id.replace(/^job_/, "evt_")));
}

/**
 * Ids of a tenant's deliveries, newest first. Some may have expired; their hashes say so.
 *
 * @param onlyDead dead ones are listed by themselves
 */
export async function listDeliveries(
  redis: Redis,
  tenant: string,
  onlyDead: boolean,
  window: ListingWindow,
): Promise<readonly ListingEntry[]> {
  const listing = onlyDead ? workKeys.deadLetters(tenant) : workKeys.deliveries(tenant);
  return listIds(redis, listing, window);
}
