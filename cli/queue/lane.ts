import { z } from "zod";
import type { Arguments, Shell } from "../terminal/command.ts";
import { show } from "../terminal/show.ts";
import { table } from "../terminal/table.ts";

/** A lane, as the gateway tells of it. */
export const laneSchema = z.looseObject({
  lane: z.string(),
  depth: z.number(),
  waiting: z.number(),
  running: z.number(),
  oldest_age_ms: z.number().nullable(),
  arrival_rate: z.number(),
  end_rate: z.number().nullable(),
  paused: z.looseObject({ since: z.string(), refuse: z.boolean() }).nullable(),
  workers: z.looseObject({ ready: z.number(), starting: z.number() }),
});

export type Lane = z.infer<typeof laneSchema>;

/** @param lane by its name, as a person typed it @param what is done with it */
export function lanePath(lane: string, what: "pause" | "resume" | "purge"): string {
  return `/v1/queue/${encodeURIComponent(lane)}/${what}`;
}

const HEAD = ["LANE", "WAITING", "RUNNING", "IN/OUT", "OLDEST", "WORKERS", "STATE"];

/** Prints lanes, a line each, or as the gateway shows them. */
export function printLanes(lanes: readonly Lane[], given: Arguments, shell: Shell): void {
  show(lanes, table([HEAD, ...lanes.map(rowOf)], { whole: [0] }), given, shell);
}

function rowOf(lane: Lane): readonly string[] {
  const { oldest_age_ms: oldestMs, arrival_rate: arrived, end_rate: ended, workers } = lane;
  return [
    lane.lane,
    String(lane.waiting),
    String(lane.running),
    `${rate(arrived)}/${ended === null ? "-" : rate(ended)}`,
    oldestMs === null ? "-" : age(oldestMs),
    String(workers.ready),
    stateOf(lane),
  ];
}

/** What a person should know of it first. */
function stateOf({ paused, depth, workers }: Lane): string {
  if (paused !== null) return paused.refuse ? "paused, refuses" : "paused";
  if (depth === 0) return "empty";
  return workers.ready + workers.starting === 0 ? "no worker" : "moving";
}

function rate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond));
}

function age(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
