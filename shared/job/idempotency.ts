import type { Redis } from "ioredis";
import type { Idempotency } from "./new-job.ts";
import { keysFor, workKeys } from "../redis/keys.ts";

/** How long a key stays bound at least, in seconds: longer where its job may run or be kept for longer. */
export const IDEMPOTENCY_SECONDS = 86_400;

/** What a key is bound to: undefined when it is free; `reused` when it is bound to another request. */
export type Bound = { readonly id: string } | "reused" | undefined;

/** The jobs that keys are bound to, looked up before the work of submitting: accept decides again. */
export async function findBound(
  redis: Redis,
  wanted: readonly Idempotency[],
): Promise<readonly Bound[]> {
  const found = await redis.mget(wanted.map(({ scope }) => workKeys.idempotency(scope)));
  return wanted.map(({ fingerprint }, i) => boundOf(found[i] ?? undefined, fingerprint));
}

function boundOf(bound: string | undefined, fingerprint: string): Bound {
  if (bound === undefined) return undefined;
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
