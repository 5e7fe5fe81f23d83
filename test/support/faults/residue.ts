import type { Redis } from "ioredis";
import { jobClasses, laneName } from "../../../shared/lane.ts";
import { keys } from "../redis-keys.ts";
import { until } from "../until.ts";

const lanes = jobClasses.map((jobClass) => ({ model: "oracle@1", class: jobClass }));

/** Longer than any sweep, than the lease of a worker that died, and than what it had of BullMQ, in ms. */
const SETTLE_MS = 300_000;

/**
 * What must be nothing once all that was accepted has ended: packs and chunks that are outstanding, ready
 * or taken, load, deadlines, shifts, and what counts them. Waits as long as sweeps may take.
 *
 * @throws naming what is left
 */
export async function assertDrained(redis: Redis): Promise<void> {
  let left: readonly string[] = [];
  const look = async (): Promise<boolean> => (left = await undrained(redis)).length === 0;
  await until("nothing is left", look, SETTLE_MS).catch((cause: unknown) => {
    throw new Error(`left when all had ended:\n${left.join("\n")}`, { cause });
  });
}

async function undrained(redis: Redis): Promise<readonly string[]> {
  const names = [
    ...lanes.flatMap((lane) => [keys.outstanding(lane), keys.load(lane), keys.ready(lane)]),
    keys.due,
    keys.batchWork,
    keys.targets,
  ];
  const counters = lanes.flatMap((lane) =>
    ["running", "bytes"].map((field) => [keys.flow(lane), field] as const),
  );
  const counts = ["jobs", "bytes", "batches"].map((count) => keys.tenant(`default:${count}`));
  const there = await Promise.all(
    names.map(async (name) => ((await redis.exists(name)) === 1 ? [name] : [])),
  );
  const counted = await Promise.all(
    counters.map(async ([key, field]) => {
      const value = (await redis.hget(key, field)) ?? "0";
      return value === "0" ? [] : [`${key} ${field} ${value}`];
    }),
  );
  const ofTenant = await redis.mget(counts);
  const held = counts.filter((_, i) => (ofTenant[i] ?? "0") !== "0");
  // BullMQ numbers shifts.
  const shifts = lanes.map((lane) => `${keys.shiftPrefix}:${laneName(lane)}:[0-9]*`);
  const others = await Promise.all(
    [keys.taken("*"), ...shifts].map(async (pattern) => redis.keys(pattern)),
  );
  return [...there.flat(), ...counted.flat(), ...held, ...others.flat()];
}

/** What lives no longer than a job or a batch is kept. */
const MORTAL = [keys.batch(""), keys.pack(""), keys.target(""), keys.flights("")];

/** Keys of jobs and batches that are there. */
export async function mortalKeys(redis: Redis): Promise<readonly string[]> {
  const all = await redis.keys("*");
  return all.filter((key) => MORTAL.some((prefix) => key.startsWith(prefix)));
}

/** Waits until what was promised to be kept for a while is gone. @param withinMs retention, and its sweep */
export async function assertForgotten(redis: Redis, withinMs: number): Promise<void> {
  let left: readonly string[] = [];
  const look = async (): Promise<boolean> => (left = await mortalKeys(redis)).length === 0;
  await until("nothing is kept any more", look, withinMs).catch((cause: unknown) => {
    throw new Error(`kept for longer than promised:\n${left.slice(0, 20).join("\n")}`, { cause });
  });
}
