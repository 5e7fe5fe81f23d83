import type { Redis } from "ioredis";
import type { Lane } from "../lane.ts";
import { z } from "zod";
import { FieldTable, maybeNumber } from "../redis/fields.ts";
import { workKeys as keys } from "../redis/keys.ts";
import type { LuaFile } from "../redis/lua.ts";

/** Fields of a flow. A rate is "" until a window is over. */
export const flowFields = new FieldTable({
  running: ["running", maybeNumber],
  bytes: ["bytes", maybeNumber],
  /** Jobs ever accepted, and ever ended: what is between them is outstanding. */
  accepted: ["na", maybeNumber],
  over: ["no", maybeNumber],
  /** `1`: a worker is being woken: told to come, or by a shift that waits in BullMQ or is on its way there. */
  armed: ["sh", maybeNumber],
  /** The worker that found the lane empty last, and had room; "" when there is none. */
  attendant: ["aw", z.string().optional()],
  arrivedSinceMs: ["at", maybeNumber],
  arrived: ["ac", maybeNumber],
  arrivalRate: ["ar", maybeNumber],
  endedSinceMs: ["et", maybeNumber],
  ended: ["ec", maybeNumber],
  endRate: ["er", maybeNumber],
  idleSinceMs: ["ei", maybeNumber],
  runMs: ["run", maybeNumber],
  /** Since when the lane is paused; "" or absent: it is not. */
  pausedAtMs: ["pa", maybeNumber],
  /** `1`: and takes no new work. */
  refuses: ["pr", maybeNumber],
  /** For how long it was paused before, all together. */
  stoodMs: ["ps", maybeNumber],
  /** Of the last purge: its token, the step that was done last, and what that answered. */
  purged: ["pu", z.string().optional()],
  /** Of a row in a chunk, smoothed: from its take to its end, and bytes of its line. */
  rowMs: ["rm", maybeNumber],
  rowBytes: ["rb", maybeNumber],
});

/** Functions for scripts that begin and end runs. */
export const flowFunctions: LuaFile = {
  url: new URL("./flow.lua", import.meta.url),
  reads: { readIdle: flowFields.pick("endedSinceMs", "idleSinceMs") },
  writes: { FLOW: flowFields },
};

/** Functions for scripts that count load, or keep the time to start. */
export const pauseFunctions: LuaFile = {
  url: new URL("./pause-of.lua", import.meta.url),
  reads: { readPause: flowFields.pick("pausedAtMs", "stoodMs") },
};

/** Functions for scripts that leave packs ready, behind `pauseFunctions`. */
export const wakeFunctions: LuaFile = {
  url: new URL("./wake.lua", import.meta.url),
  reads: { readWaking: flowFields.pick("armed", "attendant") },
  writes: { WAKING: flowFields },
};

/** Functions for scripts that end jobs. */
export const paceFunctions: LuaFile = {
  url: new URL("./pace.lua", import.meta.url),
  reads: {
    readPace: flowFields.pick(
      "bytes",
      "over",
      "running",
      "idleSinceMs",
      "endedSinceMs",
      "ended",
      "endRate",
      "runMs",
    ),
  },
  writes: { PACE: flowFields },
};

/** How a lane is doing. Rates are per second, over the last seconds in which there was work. */
export type Flow = Readonly<Awaited<ReturnType<typeof readFlow>>>;

/** A window that is shorter than this says little, in ms. */
const WINDOW_MS_MIN = 200;
/** Without an arrival for this long the last rate is history, in ms. */
const ARRIVAL_STALE_MS = 10_000;

/** Costs the same however much is queued. */
export async function readFlow(redis: Redis, lane: Lane, nowMs: number) {
  const [load, held, recent, oldest, fields] = await Promise.all([
    redis.llen(keys.load(lane)),
    redis.llen(keys.held(lane)),
    redis.llen(keys.recent(lane.model)),
    redis.zrange(keys.outstanding(lane), "0", "0", "WITHSCORES"),
    redis.hgetall(keys.flow(lane)),
  ]);
  const flow = flowFields.decode(fields);
  const isStale = nowMs - (flow.arrivedSinceMs ?? 0) > ARRIVAL_STALE_MS;
  const oldestMs = oldest[1] === undefined ? undefined : Number(oldest[1]);
  return {
    /** Accepted and not ended: waiting, running, or held by a worker that died. */
    outstanding: Math.max(0, (flow.accepted ?? 0) - (flow.over ?? 0)),
    /** The same with each item of a batch counted: what a scaler reads. Nothing, while the lane is paused. */
    load,
    /** The same, whether or not the lane is paused. */
    depth: load + held,
    /** Undefined while it is not paused. */
    pause:
      flow.pausedAtMs === undefined
        ? undefined
        : { sinceMs: flow.pausedAtMs, refuses: flow.refuses === 1 },
    running: flow.running ?? 0,
    /** Work of the version, in either lane, came within the last minute. */
    isRecent: recent > 0,
    oldestAgeMs: oldestMs === undefined ? undefined : Math.max(0, nowMs - oldestMs),
    arrivalRate: isStale
      ? 0
      : (flow.arrivalRate ?? rate(flow.arrived, flow.arrivedSinceMs, nowMs) ?? 0),
    /** Undefined until a job has ended since there was work. */
    endRate: flow.endRate ?? rate(flow.ended, flow.endedSinceMs, nowMs),
    /** From fetch to end, smoothed, in ms. */
    runMs: flow.runMs,
  };
}

/** Of a window that is still open. */
function rate(
  count: number | undefined,
  sinceMs: number | undefined,
  nowMs: number,
): number | undefined {
  if (count === undefined || count === 0 || sinceMs === undefined) return undefined;
  const windowMs = nowMs - sinceMs;
  return windowMs < WINDOW_MS_MIN ? undefined : (count * 1000) / windowMs;
}
