import type { Redis } from "ioredis";
import { z } from "zod";
import { controlKeys as keys } from "../redis/keys.ts";
import { deviceSchema, runsOnSchema } from "../device.ts";

/** A worker that has not been heard of for this long is gone, in ms. */
const SILENT_MS = 10_000;

const unavailableSchema = z.object({
  unavailable: z.string(),
  not_pulled: z.literal(true).optional(),
});

const stateSchema = z.union([z.enum(["ready", "starting"]), unavailableSchema]);

const heartbeatSchema = z.object({
  v: z.literal(1),
  at_ms: z.number(),
  versions: z.record(z.string(), stateSchema),
  /** Tensor batches that it runs at a time. */
  slots: z.int().optional(),
  /** GPUs that it offers. */
  devices: z.array(deviceSchema).optional(),
  /** By model version, of those that it has loaded. */
  runs_on: z.record(z.string(), runsOnSchema).optional(),
});

/** `unavailable` says why the model's file cannot be loaded; `not_pulled`: it never was fetched. */
export type Unavailable = z.infer<typeof unavailableSchema>;
export type VersionState = z.infer<typeof stateSchema>;
export type Heartbeat = z.infer<typeof heartbeatSchema>;

export async function beat(redis: Redis, worker: string, heartbeat: Heartbeat): Promise<void> {
  await redis.hset(keys.workers, worker, JSON.stringify(heartbeat));
}

export async function leave(redis: Redis, worker: string): Promise<void> {
  await redis.hdel(keys.workers, worker);
}

/** The heartbeats of all workers that live, and the ids of those that fell silent. */
export async function readWorkers(
  redis: Redis,
  nowMs: number,
): Promise<{ readonly live: readonly Heartbeat[]; readonly silent: readonly string[] }> {
  const live: Heartbeat[] = [];
  const silent: string[] = [];
  for (const [worker, text] of Object.entries(await redis.hgetall(keys.workers))) {
    const parsed = heartbeatSchema.safeParse(JSON.parse(text));
    if (parsed.success && nowMs - parsed.data.at_ms < SILENT_MS) live.push(parsed.data);
    else silent.push(worker);
  }
  return { live, silent };
}

/**
 * Why no worker can serve a version: all that live and serve it say its file cannot be loaded.
 * Undefined also when none lives: one will be started for the job.
 */
export function whyUnavailable(
  workers: readonly Heartbeat[],
  model: string,
): Unavailable | undefined {
  let reason: Unavailable | undefined;
  for (const { versions } of workers) {
    const state = versions[model];
    if (typeof state === "string") return undefined;
    reason ??= state;
  }
  return reason;
}
