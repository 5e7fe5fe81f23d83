import type { Redis } from "ioredis";
import { keys } from "../../shared/queue/keys.ts";
import type { Endpoint } from "../../shared/webhook/endpoint.ts";
import { firstSecret } from "../../shared/webhook/secrets.ts";
import { packInterest, type Interest } from "../../shared/webhook/subscription.ts";
import { testIds } from "./jobs.ts";

/** An endpoint as scripts see it: what a tenant's hash of endpoints says. */
export async function hook(
  redis: Redis,
  tenant: string,
  id: string,
  interest: Interest,
): Promise<void> {
  await redis.hset(keys.hooks(tenant), id, packInterest(interest));
}

/** An endpoint as it is stored. */
export function anyEndpoint(more: Partial<Endpoint> = {}): Endpoint {
  return {
    id: testIds.create("whk", "default", Date.now()),
    tenant: "default",
    url: "http://127.0.0.1:9/hook",
    events: [],
    include: "auto",
    description: "",
    headers: {},
    scheduleMs: undefined,
    disabled: undefined,
    secrets: firstSecret(),
    createdAtMs: 1000,
    disabledAtMs: undefined,
    ...more,
  };
}

/** Ids of what is pending to a target, soonest due first. */
export async function pendingTo(redis: Redis, target: string): Promise<string[]> {
  return redis.zrange(keys.target(target), "0", "-1");
}
