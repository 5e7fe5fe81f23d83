import type { Redis } from "ioredis";
import { failpoint } from "../failpoint.ts";
import { ScoringError, toProblem } from "../error.ts";
import { asList, asOneOf, script } from "../redis/script.ts";
import { batchFields, chunkFields, endFunctions, launchFunctions } from "./fields.ts";
import { moveBatch, SWEEP_LEASE_MS } from "./batches.ts";
import { dueMembers } from "../redis/due-members.ts";
import { jobClasses, laneName, type Lane } from "../lane.ts";
import { flowFields, flowFunctions, pauseFunctions, wakeFunctions } from "../lane/flow.ts";
import type { Shifts } from "../lane/shifts.ts";
import { keysFor, workKeys } from "../redis/keys.ts";
import { deliver } from "../webhook/deliver.ts";
import { recentFunctions } from "../redis/recent.ts";

const stepScript = script(new URL("./sweep-step.lua", import.meta.url), {
  behind: [
    deliver,
    endFunctions,
    flowFunctions,
    recentFunctions,
    pauseFunctions,
    wakeFunctions,
    launchFunctions,
  ],
  keys: ["batch", "outstanding", "ready", "flow", "done", "recent"],
  args: ["id", "kind", "position", "most", "lane", "leaseMs", "tooManyFailed"],
  reads: { readChunk: chunkFields.pick("status", "items", "succeeded", "bytes", "attempt") },
  writes: { BATCH: batchFields, CHUNK: chunkFields, FLOW: flowFields },
});

/** Chunks a step: a few thousand commands at most, about a millisecond of Redis. */
const CHUNKS_A_STEP = 64;

const kinds = ["launch", "retry", "cancel", "expire", "keep", "erase"] as const;
const words = ["more", "over", "moved"] as const;

const TOO_MANY_FAILED = JSON.stringify(
  toProblem(new ScoringError("too_many_failed", "More items failed than `max_failed` allows.")),
);

export interface SweepServices {
  readonly redis: Redis;
  readonly shifts: Pick<Shifts, "add">;
}

/**
 * Does what a batch has been moved to, over all its chunks, in steps. Two that sweep the same batch
 * do no harm: a step is done by whoever comes first, and the other stops.
 *
 * @throws when Redis refused, or a reply was lost: the courier goes on then
 */
export async function sweepBatch(id: string, services: SweepServices): Promise<void> {
  while (true) {
    const sweep = await readSweep(services.redis, id);
    if (sweep === undefined) return;
    const { word, arm } = await step(id, sweep, services.redis);
    failpoint("batch stepped");
    // One that does not arrive is added by the courier.
    if (arm) await services.shifts.add(sweep.lane).catch(() => {});
    if (word !== "more") return;
  }
}

interface Sweep {
  readonly kind: (typeof kinds)[number];
  readonly position: string;
  readonly lane: Lane;
}

async function readSweep(redis: Redis, id: string): Promise<Sweep | undefined> {
  const [kind, position, model, className] = await redis.hmget(
    keysFor(id).batch(id),
    "wk",
    "wp",
    "m",
    "c",
  );
  const known = kinds.find((it) => it === kind);
  const jobClass = jobClasses.find((it) => it === className);
  if (known === undefined || jobClass === undefined || !model || position == null) return undefined;
  return { kind: known, position, lane: { model, class: jobClass } };
}

async function step(
  id: string,
  { kind, position, lane }: Sweep,
  redis: Redis,
): Promise<{ readonly word: (typeof words)[number]; readonly arm: boolean }> {
  const keys = keysFor(id);
  const reply = await stepScript.run(redis, {
    batch: keys.batch(id),
    outstanding: keys.outstanding(lane),
    ready: keys.ready(lane),
    flow: keys.flow(lane),
    done: keys.batchDone(id),
    recent: keys.recent(lane.model),
    id,
    kind,
    position,
    most: CHUNKS_A_STEP,
    lane: laneName(lane),
    leaseMs: SWEEP_LEASE_MS,
    tooManyFailed: TOO_MANY_FAILED,
  });
  const [word, arm] = asList(reply);
  return { word: asOneOf(word, words), arm: arm === 1 };
}

const BATCHES_A_ROUND = 20;

/**
 * What the courier does for batches: goes on with sweeps that stand still, and ends batches whose
 * window is over.
 *
 * @returns how many were looked at
 */
export async function tendBatches(services: SweepServices): Promise<number> {
  const { redis } = services;
  const { members: ids } = await dueMembers(redis, workKeys.batchWork, BATCHES_A_ROUND);
  for (const id of ids) {
    const [tenant, kind] = await redis.hmget(keysFor(id).batch(id), "t", "wk");
    if (kind == null) {
      await moveBatch(redis, { id, tenant: tenant ?? "", move: "expire", tenantBatches: 0 });
    }
    await sweepBatch(id, services);
  }
  return ids.length;
}
