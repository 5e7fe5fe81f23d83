import type { JobLimits } from "../../shared/job/limits.ts";
import { laneName, type Lane } from "../../shared/lane.ts";
import type { NewPack } from "../../shared/pack/accept.ts";
import { INLINE_BYTES_MAX } from "../../shared/pack/record.ts";
import type { Settle } from "../../shared/pack/run.ts";
import { testLimits } from "./jobs.ts";
import type { ModelSettle } from "./pack-model.ts";

/** By which the name of a pack says the index of a job that moved out. */
export const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

export const lanes: readonly Lane[] = [
  { model: "m@1", class: "interactive" },
  { model: "m@1", class: "bulk" },
];

export interface ModelJob {
  readonly tenant: string;
  readonly bytes: number;
  /** See `shared/pack/record.ts`. */
  state: string;
  /** What it ended with, and as which attempt. */
  end: { readonly body: string; readonly attempt: number } | undefined;
}

export interface ModelPack {
  readonly name: string;
  readonly lane: string;
  readonly jobs: ModelJob[];
  readonly limits: JobLimits;
  readonly isTaken: boolean;
  /** The pack that it moved out of. */
  readonly origin: string | undefined;
  queuedAtMs: number;
  attempt: number;
  firstAttempt: number;
  deaths: number;
  startedAtMs: number | undefined;
  run: string | undefined;
}

/** @param tenant whose jobs; undefined: all */
export function openIn({ jobs }: ModelPack, tenant?: string): number {
  return jobs.filter((job) => job.state === "W" && (tenant === undefined || job.tenant === tenant))
    .length;
}

/** Whether its time to start, or in all, is over. */
export function isLate({ queuedAtMs, startedAtMs, limits }: ModelPack, nowMs: number): boolean {
  if (nowMs >= queuedAtMs + limits.totalMs) return true;
  return startedAtMs === undefined && nowMs >= queuedAtMs + limits.startMs;
}

/** Whether an output is put in a key of its own. */
export function isLarge(letter: string, body: string): boolean {
  return letter === "S" && body.length > INLINE_BYTES_MAX;
}

export function laneAt(index: number): Lane {
  const lane = lanes[index];
  if (lane === undefined) throw new Error("no such lane");
  return lane;
}

export function laneOf(index: number): string {
  return laneName(laneAt(index));
}

/** Where a job was before it moved out. */
export function originOf(name: string, index: number): string {
  return name.length === 22
    ? `${name.slice(0, 21)} ${DIGITS.indexOf(name.slice(-1))}`
    : `${name} ${index}`;
}

export function modelOf({ name, jobs, isTaken }: NewPack, lane: Lane, nowMs: number): ModelPack {
  return {
    name,
    lane: laneName(lane),
    jobs: jobs.map(({ tenant, payload }) => {
      return { tenant, bytes: payload.length, state: "W", end: undefined };
    }),
    limits: jobs[0]?.limits ?? testLimits,
    isTaken,
    origin: undefined,
    queuedAtMs: nowMs,
    attempt: 1,
    firstAttempt: 1,
    deaths: 0,
    startedAtMs: undefined,
    run: undefined,
  };
}

export function modelSettleOf({ pack, attempt, first, outcomes }: Settle): ModelSettle {
  const letters = outcomes.map(({ status }) => (status === "succeeded" ? "S" : "F")).join("");
  return { pack, attempt, first, letters, bodies: outcomes.map(({ body }) => String(body)) };
}
