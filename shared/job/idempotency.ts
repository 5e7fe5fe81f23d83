import type { Redis } from "ioredis";
import type { Idempotency } from "./new-job.ts";
import { keysFor, workKeys } from "../redis/keys.ts";

/** How long a key stays bound at least, in seconds: longer where its job may run or be kept for longer. */
export const IDEMPOTENCY_SECONDS = 86_400;

/**
 * The job that a key is bound to, looked up before the work of submitting: accept decides again.
 *
 * @returns undefined when it is free; `reused` when it is bound to another request
 */
export async function findBound(
  redis: Redis,
  { scope, fingerprint }: Idempotency,
): Promise<{ readonly id: string } | "reused" | undefined> {
  const bound = await redis.get(workKeys.idempotency(scope));
  if (bound === null) return undefined;
  const space = bound.indexOf(" ");
  return bound.slice(space + 1) === fingerprint ? { id: bound.slice(0, space) } : "reused";
}

/** Frees a key, unless it is bound to something else by now. */
export async function unbind(
  redis: Redis,
  { scope, fingerprint }: Idempotency,
  id: string,
): Promise<void> {
  const name = keysFor(id).idempotency(scope);
  if ((await redis.get(name)) === `${id} ${fingerprint}`) await redis.del(name);
}
