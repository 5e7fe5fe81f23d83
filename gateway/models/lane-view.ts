import type { Clock } from "../../shared/clock.ts";
import { Kept } from "../../shared/kept.ts";
import { readFlow, type Flow } from "../../shared/lane/flow.ts";
import { laneName, parseLane, type Lane } from "../../shared/lane.ts";
import { workKeys as keys } from "../../shared/redis/keys.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { reachOr } from "../../shared/redis/reach.ts";

const reach = reachOr("The queue's state is unavailable right now.");
const KEPT_MS = 1000;

/** How the lanes are doing, a second old at most: asking is free however many ask. */
export class LaneView {
  readonly #flows: Kept<Flow>;
  readonly #names: Kept<ReadonlySet<string>>;

  constructor(redis: Redis, clock: Clock) {
    const read = async (lane: string): Promise<Flow> =>
      readFlow(redis, parseLane(lane), clock.now());
    this.#flows = new Kept(read, KEPT_MS, () => clock.now());
    const names = async (): Promise<ReadonlySet<string>> =>
      new Set(await redis.smembers(keys.lanes));
    this.#names = new Kept(names, KEPT_MS, () => clock.now());
  }

  /** @returns undefined while Redis does not answer: it is advice, and no reason to fail */
  async of(lane: Lane): Promise<Flow | undefined> {
    return this.#flows.get(laneName(lane)).catch(() => undefined);
  }

  /** Names of all lanes that ever had work. @throws {ScoringError} `service_unavailable` while Redis does not answer */
  async names(): Promise<ReadonlySet<string>> {
    return reach(this.#names.get(""));
  }

  /** It was changed just now: the next look is a new one. */
  forget(lane: Lane): void {
    this.#flows.forget(laneName(lane));
    this.#names.forget("");
  }

  /** @throws {ScoringError} `service_unavailable` while Redis does not answer */
  async get(lane: Lane): Promise<Flow> {
    return reach(this.#flows.get(laneName(lane)));
  }
}

/**
 * A worker takes a job when those before it have ended but for as many as run: `ahead - running`
 * jobs, at the lane's pace.
 *
 * @returns undefined while nothing is known of the pace, and while the lane is paused
 */
export function startsInMs(ahead: number | undefined, flow: Flow | undefined): number | undefined {
  if (ahead === undefined || flow?.endRate === undefined || flow.endRate <= 0) return undefined;
  if (flow.pause !== undefined) return undefined;
  return (Math.max(0, ahead - flow.running) / flow.endRate) * 1000;
}
