import type { Clock } from "../../shared/clock.ts";
import { readFlow, type Flow } from "../../shared/lane/flow.ts";
import { laneName, type Lane } from "../../shared/lane.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { reachOr } from "../../shared/redis/reach.ts";

const reach = reachOr("The queue's state is unavailable right now.");
const KEPT_MS = 1000;

/** How the lanes are doing, a second old at most: asking is free however many ask. */
export class LaneView {
  readonly #redis: Redis;
  readonly #clock: Clock;
  readonly #flows = new Map<string, { readonly atMs: number; readonly flow: Promise<Flow> }>();

  constructor(redis: Redis, clock: Clock) {
    this.#redis = redis;
    this.#clock = clock;
  }

  /** @returns undefined while Redis does not answer: it is advice, and no reason to fail */
  async of(lane: Lane): Promise<Flow | undefined> {
    return this.#kept(lane).catch(() => undefined);
  }

  /** @throws {ScoringError} `service_unavailable` while Redis does not answer */
  async get(lane: Lane): Promise<Flow> {
    return reach(this.#kept(lane));
  }

  async #kept(lane: Lane): Promise<Flow> {
    const name = laneName(lane);
    const nowMs = this.#clock.now();
    const known = this.#flows.get(name);
    if (known !== undefined && nowMs - known.atMs < KEPT_MS) return known.flow;
    const flow = readFlow(this.#redis, lane, nowMs);
    this.#flows.set(name, { atMs: nowMs, flow });
    return flow;
  }
}

/**
 * A worker takes a job when those before it have ended but for as many as run: `ahead - running`
 * jobs, at the lane's pace.
 *
 * @returns undefined while nothing is known of the pace
 */
export function startsInMs(ahead: number | undefined, flow: Flow | undefined): number | undefined {
  if (ahead === undefined || flow?.endRate === undefined || flow.endRate <= 0) return undefined;
  return (Math.max(0, ahead - flow.running) / flow.endRate) * 1000;
}
