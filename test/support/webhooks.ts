import type { Redis } from "ioredis";
import { keys } from "../../shared/queue/keys.ts";
import { packInterest, type Interest } from "../../shared/webhook/subscription.ts";

/** An endpoint as scripts see it: what a tenant's hash of endpoints says. */
export async function hook(
  redis: Redis,
  tenant: string,
  id: string,
  interest: Interest,
): Promise<void> {
  await redis.hset(keys.hooks(tenant), id, packInterest(interest));
}

/** Ids of what is pending to a target, soonest due first. */
export async function pendingTo(redis: Redis, target: string): Promise<string[]> {
  return redis.zrange(keys.target(target), "0", "-1");
}
