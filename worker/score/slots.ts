import type { Logger } from "../../shared/log.ts";
import { RunnerProcess } from "./runner-process.ts";

const RESTART_MIN_MS = 100;
const RESTART_MAX_MS = 10_000;

export interface SlotsOptions {
  readonly count: number;
  readonly preload: readonly string[];
  readonly onFree: () => void;
  readonly onLoadFailed: (folder: string, error: unknown) => void;
  readonly logger: Logger;
}

/**
 * One runner per slot. A runner that dies is replaced, at once the first time and more slowly when
 * runners keep dying, with what has to be preloaded loaded again.
 */
export class Slots {
  readonly #logger: Logger;
  readonly #preload: readonly string[];
  readonly #onFree: () => void;
  readonly #onLoadFailed: (folder: string, error: unknown) => void;
  readonly #runners: (RunnerProcess | undefined)[];
  readonly #free: RunnerProcess[] = [];
  #deathsInARow = 0;
  #isStopping = false;

  /**
   * @param options.count slots, 1 and up
   * @param options.preload folders of the model versions that every runner loads before it is used
   * @param options.onFree called whenever a runner has become free
   * @param options.onLoadFailed called for each folder that a runner could not preload
   */
  constructor({ count, preload, onFree, onLoadFailed, logger }: SlotsOptions) {
    this.#runners = Array.from({ length: count }, () => undefined);
    this.#preload = preload;
    this.#onFree = onFree;
    this.#onLoadFailed = onLoadFailed;
    this.#logger = logger;
  }

  /** Process ids of the runners that live. */
  get pids(): readonly number[] {
    return this.#runners.flatMap((runner) => runner?.pid ?? []);
  }

  get hasFree(): boolean {
    return this.#free.length > 0;
  }

  /** Takes a free runner; it must be given back. @throws when none is free */
  borrow(): RunnerProcess {
    const runner = this.#free.pop();
    if (runner === undefined) throw new Error("no free runner");
    return runner;
  }

  /** One that has died meanwhile has been replaced already. */
  giveBack(runner: RunnerProcess): void {
    if (this.#runners.includes(runner)) this.#release(runner);
  }

  /** Says that a runner has served: the next death counts as the first again. */
  noteSuccess(): void {
    this.#deathsInARow = 0;
  }

  /** Starts all runners; returns when they have preloaded, or failed to. */
  async start(): Promise<void> {
    await Promise.all(this.#runners.map(async (_, slot) => this.#fill(slot)));
  }

  stop(): void {
    this.#isStopping = true;
    for (const runner of this.#runners) runner?.kill();
  }

  async #fill(slot: number): Promise<void> {
    const runner = new RunnerProcess(this.#logger);
    this.#runners[slot] = runner;
    void runner.gone.then((reason) => this.#replace(slot, runner, reason));
    for (const folder of this.#preload) {
      // Without it the runner still serves the others.
      await runner.load(folder).catch((error: unknown) => this.#onLoadFailed(folder, error));
    }
    if (this.#runners[slot] === runner) this.#release(runner);
  }

  #release(runner: RunnerProcess): void {
    this.#free.push(runner);
    this.#onFree();
  }

  #replace(slot: number, runner: RunnerProcess, reason: Error): void {
    this.#runners[slot] = undefined;
    const place = this.#free.indexOf(runner);
    if (place !== -1) this.#free.splice(place, 1);
    if (this.#isStopping) return;
    const waitMs =
      this.#deathsInARow === 0
        ? 0
        : Math.min(RESTART_MIN_MS * 2 ** this.#deathsInARow, RESTART_MAX_MS);
    this.#deathsInARow += 1;
    this.#logger.warn({ runner: runner.pid, reason: reason.message, waitMs }, "runner replaced");
    setTimeout(() => {
      if (!this.#isStopping) void this.#fill(slot);
    }, waitMs);
  }
}
