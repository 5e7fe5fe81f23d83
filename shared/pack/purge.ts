import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { chunkCancelFunctions } from "../batch/chunk.ts";
import type { Lane } from "../lane.ts";
import { flowFields } from "../lane/flow.ts";
import { workKeys as keys } from "../redis/keys.ts";
import { asList, asNumber, script } from "../redis/script.ts";
import { packFields } from "./record.ts";
import { givingBack } from "./settle.ts";

const purgeScript = script(new URL("./purge.lua", import.meta.url), {
  behind: [...givingBack, chunkCancelFunctions],
  keys: ["flow", "ready", "outstanding"],
  args: ["token", "step", "untilMs", "problem", "packsMost", "unitsMost"],
  writes: { FLOW: flowFields, PACK: packFields },
});

/** Of a step, beyond its first pack: some milliseconds of Redis, also where each job has a webhook. */
const PACKS_A_STEP = 64;
const UNITS_A_STEP = 500;

/** What a purge ended. */
export interface Purged {
  readonly jobs: number;
  /** Of batches. */
  readonly items: number;
  /** Its time was over first: there may be more. */
  readonly hasMore: boolean;
}

export interface PurgeOptions {
  readonly lane: Lane;
  /** What jobs end with: a problem, JSON. */
  readonly problem: string;
  /** How long it may go on, in ms. */
  readonly budgetMs: number;
  /** Told of the packs whose record is broken: they are dropped. */
  readonly onBroken: (packs: number) => void;
}

/**
 * Ends what waits in a lane as canceled: jobs with `problem`, and items of batches. What came after it began stays, and
 * so does what a worker has. It goes step by step, and what others ask of Redis comes in between.
 *
 * @throws when Redis refused, or a reply was lost: some has been ended, and another purge goes on
 */
export async function purgeLane(
  redis: Redis,
  { lane, problem, budgetMs, onBroken }: PurgeOptions,
): Promise<Purged> {
  const token = randomUUID();
  const overAtMs = performance.now() + budgetMs;
  const purged = { jobs: 0, items: 0 };
  let untilMs: number | undefined;
  for (let step = 1; ; step += 1) {
    const reply = await purgeScript.run(redis, {
      flow: keys.flow(lane),
      ready: keys.ready(lane),
      outstanding: keys.outstanding(lane),
      token,
      step,
      untilMs: untilMs ?? "",
      problem,
      packsMost: PACKS_A_STEP,
      unitsMost: UNITS_A_STEP,
    });
    const [jobs = 0, items = 0, more = 0, until = 0, broken = 0] = asList(reply).map(
      (it) => asNumber(it) ?? 0,
    );
    untilMs = until;
    purged.jobs += jobs;
    purged.items += items;
    if (broken > 0) onBroken(broken);
    if (more === 0) return { ...purged, hasMore: false };
    if (performance.now() > overAtMs) return { ...purged, hasMore: true };
  }
}
