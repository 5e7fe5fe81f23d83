import type { Redis } from "ioredis";
import type { Lane } from "../../shared/lane.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import { createLogger } from "../../shared/log.ts";
import type { Outcome } from "../../shared/job/outcome.ts";
import { Run } from "../../shared/pack/run.ts";
import { outcomes } from "./raw-packs.ts";

const logger = createLogger("worker", "silent");

/** A run that takes packs of a lane and settles them as a test says. */
export class PackDesk {
  readonly #run: Run;
  readonly #lane: Lane;
  readonly #attempts = new Map<string, number>();

  constructor(redis: Redis, lane: Lane, leaseMs = 600_000) {
    this.#run = new Run({ redis, shifts: new Shifts(redis), leaseMs, logger });
    this.#lane = lane;
  }

  /** @returns names of the packs that were taken */
  async take(rows = 1000): Promise<readonly string[]> {
    const { packs } = await this.#run.turn({ lane: this.#lane, rows, woken: false }, []);
    for (const { name, attempt } of packs) this.#attempts.set(name, attempt);
    return packs.map(({ name }) => name);
  }

  /**
   * @param ends a letter a job, S or F; or outcomes
   * @returns a letter a job that ended by it
   */
  async settle(pack: string, ends: string | readonly Outcome[], first = 0): Promise<string> {
    const attempt = this.#attempts.get(pack) ?? 1;
    const all = typeof ends === "string" ? outcomes(ends) : ends;
    const { verdicts } = await this.#run.turn(undefined, [{ pack, attempt, first, outcomes: all }]);
    return verdicts[0] ?? "";
  }
}
