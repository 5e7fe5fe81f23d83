import type { Redis } from "ioredis";
import { parseLane, type Lane } from "../lane.ts";
import { workKeys as keys } from "../redis/keys.ts";
import { script } from "../redis/script.ts";
import { flowFields } from "./flow.ts";

const sampleScript = script(new URL("./sample.lua", import.meta.url), {
  keys: ["flow", "load", "held", "history"],
  args: ["slotMs", "most", "keptMs"],
  reads: {
    readSampled: flowFields.pick("running", "accepted", "over", "pausedAtMs", "arrivedSinceMs"),
  },
});

/** Between two samples, in ms. */
export const SLOT_MS = 10_000;
/** The last hour. */
export const SLOTS = 360;

/** Writes down how all lanes are doing, every ten seconds, for whoever looks back. */
export class LaneSampler {
  readonly #redis: Redis;
  #lookedAtMs = -Infinity;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Several couriers do no harm: in each slot of time the first one writes. */
  async look(): Promise<void> {
    // Twice in a slot, so that none is missed.
    if (performance.now() - this.#lookedAtMs < SLOT_MS / 2) return;
    this.#lookedAtMs = performance.now();
    const lanes = await this.#redis.smembers(keys.lanes);
    await Promise.all(lanes.map(async (name) => sampleLane(this.#redis, parseLane(name))));
  }
}

export async function sampleLane(redis: Redis, lane: Lane): Promise<void> {
  await sampleScript.run(redis, {
    flow: keys.flow(lane),
    load: keys.load(lane),
    held: keys.held(lane),
    history: keys.history(lane),
    slotMs: SLOT_MS,
    most: SLOTS,
    keptMs: SLOT_MS * SLOTS,
  });
}

/** A lane in the slots of the last hour, the oldest first; null where nothing is known. */
export interface LaneHistory {
  /** Jobs, and items of batches. */
  readonly depth: readonly (number | null)[];
  readonly running: readonly (number | null)[];
  /** Jobs and chunks a second. */
  readonly arrivalRate: readonly (number | null)[];
  readonly endRate: readonly (number | null)[];
  readonly isPaused: readonly boolean[];
}

interface Sample {
  readonly slot: number;
  readonly depth: number;
  readonly running: number;
  readonly accepted: number;
  readonly over: number;
  readonly paused: number;
}

/** @returns undefined when it was at rest all the time */
export async function readHistory(
  redis: Redis,
  lane: Lane,
  nowMs: number,
): Promise<LaneHistory | undefined> {
  const texts = await redis.lrange(keys.history(lane), 0, -1);
  return texts.length === 0 ? undefined : historyOf(texts, nowMs);
}

/** @param texts as `sample.lua` writes them */
export function historyOf(texts: readonly string[], nowMs: number): LaneHistory {
  const bySlot = new Map(texts.map(sampleOf).map((sample) => [sample.slot, sample]));
  const end = Math.floor(nowMs / SLOT_MS);
  const first = end - SLOTS + 1;
  let last = [...bySlot.values()].findLast(({ slot }) => slot < first);
  const steps = Array.from({ length: SLOTS }, (_, i) => {
    const sample = bySlot.get(first + i);
    const step = stepOf(sample, last);
    last = sample ?? last;
    return step;
  });
  // The one that is going on is not written yet.
  const [before, now] = [steps.at(-2), steps.at(-1)];
  if (now?.depth === null && before !== undefined) steps[SLOTS - 1] = before;
  return {
    depth: steps.map(({ depth }) => depth),
    running: steps.map(({ running }) => running),
    arrivalRate: steps.map(({ arrivalRate }) => arrivalRate),
    endRate: steps.map(({ endRate }) => endRate),
    isPaused: steps.map(({ isPaused }) => isPaused),
  };
}

function stepOf(sample: Sample | undefined, last: Sample | undefined) {
  if (sample === undefined) {
    const isAtRest = last?.depth === 0;
    const none = isAtRest ? 0 : null;
    return {
      depth: none,
      running: none,
      arrivalRate: none,
      endRate: none,
      isPaused: last?.paused === 1,
    };
  }
  const { depth, running, accepted, over, paused, slot } = sample;
  const rate = (now: number, before: number | undefined): number | null =>
    last === undefined || before === undefined
      ? null
      : Math.max(0, (now - before) * 1000) / ((slot - last.slot) * SLOT_MS);
  return {
    depth,
    running,
    arrivalRate: rate(accepted, last?.accepted),
    endRate: rate(over, last?.over),
    isPaused: paused === 1,
  };
}

function sampleOf(text: string): Sample {
  const [slot = 0, depth = 0, running = 0, accepted = 0, over = 0, paused = 0] = text
    .split(" ")
    .map(Number);
  return { slot, depth, running, accepted, over, paused };
}
