import type { ChildProcess } from "node:child_process";
import { backOffMs } from "../../shared/back-off.ts";
import type { Logger } from "../../shared/log.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { offerOfSlot, type Offer } from "./execution-provider.ts";
import type { RunnerEnvironment } from "./runner-environment.ts";
import type { LoadRecorder } from "./load-recorder.ts";
import type { RunnerDied } from "./runner-died.ts";
import { RunnerProcess } from "./runner-process.ts";

const RESTART_MS = [200, 10_000] as const;

/** What there is to run on. */
export interface Capacity {
  readonly count: number;
  /** Batches that one runner may have in hand; 2 where one is decoded while a GPU runs another. */
  readonly depth?: number;
  readonly environment: RunnerEnvironment;
  /** The process of the first runner, when it was started beforehand. */
  readonly spawned?: ChildProcess | undefined;
  /** Bytes that the sessions of one runner may take; undefined: all there is. */
  readonly memoryBytes: number | undefined;
  /** What graphs may run on, of all slots together; proven. */
  readonly offer: Offer;
}

/** Told of loads and deaths: figures for operators. */
export interface RunnerRecorder extends LoadRecorder {
  runnerReplaced(reason: RunnerDied["reason"]): void;
}

export interface SlotsOptions extends Capacity {
  readonly preload: () => readonly ModelVersion[];
  readonly onFree: () => void;
  readonly onLoadFailed: (version: ModelVersion, error: unknown) => void;
  readonly logger: Logger;
  readonly recorder: RunnerRecorder;
}

/**
 * One runner per slot. A runner that dies is replaced, at once the first time and more slowly when
 * runners keep dying, with what has to be preloaded loaded again.
 */
export class Slots {
  readonly #options: SlotsOptions;
  #spawned: ChildProcess | undefined;
  readonly #runners: (RunnerProcess | undefined)[];
  readonly #depth: number;
  /** Each as often as it may be given a batch. */
  readonly #free: RunnerProcess[] = [];
  /** What a runner does before it is free again. */
  readonly #chores = new WeakMap<RunnerProcess, (() => Promise<void>)[]>();
  readonly #firstFree = Promise.withResolvers<void>();
  #started: Promise<void> | undefined;
  #deathsInARow = 0;
  #isStopping = false;

  /**
   * @param options.count slots, 1 and up
   * @param options.preload tells the versions that every runner loads before it is used
   * @param options.onFree called whenever a runner has become free
   * @param options.onLoadFailed called for each version that a runner could not preload
   */
  constructor(options: SlotsOptions) {
    this.#options = options;
    this.#runners = Array.from({ length: options.count }, () => undefined);
    this.#spawned = options.spawned;
    this.#depth = options.depth ?? 1;
  }

  /** Process ids of the runners that live. */
  get pids(): readonly number[] {
    return this.#runners.flatMap((runner) => runner?.pid ?? []);
  }

  /** Batches that all runners may have in hand. */
  get count(): number {
    return this.#runners.length * this.#depth;
  }

  get freeCount(): number {
    return this.#living().length;
  }

  get hasFree(): boolean {
    return this.#living().length > 0;
  }

  /** Sessions that all runners hold. */
  get sessions(): number {
    return this.#runners.reduce((sum, runner) => sum + (runner?.sessions ?? 0), 0);
  }

  /** Takes a free runner, the one with the least in hand; it must be given back. @throws when none is free */
  borrow(): RunnerProcess {
    const living = this.#living();
    const places = (of: RunnerProcess): number => living.filter((one) => one === of).length;
    const most = Math.max(...living.map(places));
    const runner = living.findLast((one) => places(one) === most);
    if (runner === undefined) throw new Error("no free runner");
    this.#free.splice(this.#free.indexOf(runner), 1);
    return runner;
  }

  /** One that has died meanwhile, or is being killed, is replaced; it is not free again. */
  giveBack(runner: RunnerProcess): void {
    if (this.#runners.includes(runner)) this.#release(runner);
  }

  /** Says that a runner has served: the next death counts as the first again. */
  noteSuccess(): void {
    this.#deathsInARow = 0;
  }

  /**
   * Has every runner do something, one after the other, so that the rest go on scoring; a busy one
   * does it when it comes back. Resolves when all that live have.
   *
   * @param chore must not reject
   */
  async onEach(chore: (runner: RunnerProcess) => Promise<void>): Promise<void> {
    for (const runner of this.#runners) {
      if (runner === undefined) continue;
      const end = Promise.withResolvers<void>();
      const chores = this.#chores.get(runner) ?? [];
      chores.push(async () => chore(runner).finally(end.resolve));
      this.#chores.set(runner, chores);
      const position = this.#free.indexOf(runner);
      if (position !== -1) {
        this.#free.splice(position, 1);
        this.#release(runner);
      }
      await Promise.race([end.promise, runner.gone]);
    }
  }

  /** Starts all runners; returns when one is free, or all have failed to preload. Never rejects. */
  async start(): Promise<void> {
    await (this.#started ??= this.#begin());
  }

  stop(): void {
    this.#started ??= Promise.resolve();
    this.#isStopping = true;
    for (const runner of this.#runners) runner?.kill();
  }

  async #begin(): Promise<void> {
    const all = Promise.all(this.#runners.map(async (_, slot) => this.#fill(slot)));
    await Promise.race([this.#firstFree.promise, all]);
  }

  async #fill(slot: number): Promise<void> {
    const { logger, environment, memoryBytes, preload, onLoadFailed, recorder } = this.#options;
    const offer = offerOfSlot(this.#options.offer, slot);
    const host = { logger, environment, spawned: this.#spawned };
    this.#spawned = undefined;
    const runner = new RunnerProcess(host, memoryBytes, offer, recorder);
    this.#runners[slot] = runner;
    void runner.gone.then((died) => this.#replace(slot, runner, died));
    for (const version of preload()) {
      if (runner.isDead) break; // of the one before: that says nothing of the others
      // Without it the runner still serves the others.
      await runner.load(version).catch((error: unknown) => {
        if (!this.#isStopping) onLoadFailed(version, error);
      });
    }
    if (this.#runners[slot] !== runner) return;
    for (let place = 0; place < this.#depth; place += 1) this.#release(runner);
  }

  /** Those that may be lent: one that is killed is here until its exit. */
  #living(): readonly RunnerProcess[] {
    return this.#free.filter((runner) => !runner.isDead);
  }

  #release(runner: RunnerProcess): void {
    if (runner.isDead) return;
    const chore = this.#chores.get(runner)?.shift();
    if (chore !== undefined) {
      void chore().finally(() => this.giveBack(runner));
      return;
    }
    this.#free.push(runner);
    this.#firstFree.resolve();
    this.#options.onFree();
  }

  #replace(slot: number, runner: RunnerProcess, died: RunnerDied): void {
    this.#runners[slot] = undefined;
    this.#free.splice(0, this.#free.length, ...this.#free.filter((one) => one !== runner));
    if (this.#isStopping) return;
    const waitMs = this.#deathsInARow === 0 ? 0 : backOffMs(this.#deathsInARow, ...RESTART_MS);
    this.#deathsInARow += 1;
    const { logger, recorder } = this.#options;
    logger.warn({ runner: runner.pid, reason: died.message, waitMs }, "runner replaced");
    recorder.runnerReplaced(died.reason);
    setTimeout(() => {
      if (!this.#isStopping) void this.#fill(slot);
    }, waitMs);
  }
}
