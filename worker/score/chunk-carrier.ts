import { randomUUID } from "node:crypto";
import { failpoint } from "../../shared/failpoint.ts";
import type { ChunkDispatch } from "../../shared/dispatch/dispatch.ts";
import type { Outcome } from "../../shared/job/outcome.ts";
import {
  fetchChunk,
  isChunkHeld,
  noteExclusiveRunsOf,
  releaseChunk,
  settleChunk,
  type ChunkRun,
  type FetchedChunk,
} from "../../shared/batch/chunks.ts";
import type { DispatchEnd } from "../../shared/dispatch/consumer.ts";
import type { Carrier, CarrierTools, Origin, Task, Work } from "./carrier.ts";
import { ChunkLines, type OpenItem } from "./chunk-lines.ts";
import { makeTask } from "./task.ts";

/**
 * Items of one chunk of a batch. Each is scored, and fails, by itself; they are settled together when
 * the last has ended. Until then nothing of them is written down, so that a chunk which is handed
 * back, or whose worker dies, is run again as a whole.
 */
export class ChunkCarrier implements Carrier {
  readonly tasks: readonly Task[];
  readonly #tools: CarrierTools;
  readonly #run: ChunkRun;
  readonly #attempt: number;
  readonly #lines: ChunkLines;
  readonly #offsets: ReadonlyMap<Task, number>;
  readonly #end = Promise.withResolvers<DispatchEnd>();
  /** The exclusive run that is written down and has not ended. */
  #alone: Task | undefined;
  /** Settled, handed back, or another's by now: what still ends is discarded. */
  #isOver = false;

  private constructor(tools: CarrierTools, origin: Origin, run: ChunkRun, chunk: FetchedChunk) {
    this.#tools = tools;
    this.#run = run;
    this.#attempt = chunk.attempt;
    this.#lines = new ChunkLines(chunk);
    const nowMs = tools.clock.now();
    this.#offsets = new Map(
      this.#lines.open.map((open) => [
        makeTask(workOf(open, chunk, run.chunk), { ...origin, carrier: this, nowMs }),
        open.offset,
      ]),
    );
    this.tasks = [...this.#offsets.keys()];
    this.#settleIfComplete();
  }

  /** @returns undefined when there is nothing to run */
  static async fetch(
    tools: CarrierTools,
    origin: Origin,
    { chunk, attempt: firstAttempt = 1 }: ChunkDispatch,
  ): Promise<ChunkCarrier | undefined> {
    const run = { lane: origin.lane, chunk, token: randomUUID() };
    const found = await fetchChunk(tools.redis, { ...run, firstAttempt });
    failpoint("fetched");
    return found && new ChunkCarrier(tools, origin, run, found);
  }

  async ended(): Promise<DispatchEnd> {
    return this.#end.promise;
  }

  async settle(task: Task, outcome: Outcome): Promise<void> {
    try {
      await this.forgetExclusiveRun(task);
    } catch (error) {
      this.fail(task, error);
      return;
    }
    const offset = this.#offsets.get(task);
    if (offset === undefined) throw new Error("a task of another carrier");
    this.#lines.end(offset, outcome);
    this.#settleIfComplete();
  }

  fail(_: Task, error: unknown): void {
    this.#isOver = true;
    this.#end.reject(error);
  }

  async stillHeld(tasks: readonly Task[]): Promise<readonly Task[]> {
    if (await isChunkHeld(this.#tools.redis, this.#run)) return tasks;
    this.#isOver = true;
    this.#end.resolve("done");
    return [];
  }

  async noteExclusiveRun(task: Task): Promise<void> {
    this.#alone = task;
    await this.#noteExclusiveRuns(task, task.work.exclusiveRuns + 1);
  }

  async forgetExclusiveRun(task: Task): Promise<void> {
    if (this.#alone === task) await this.#forgetAlone();
  }

  async release(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#alone !== undefined) await this.#forgetAlone();
    await releaseChunk(this.#tools.redis, this.#run);
    this.#end.resolve("handed back");
  }

  /** How many items of a batch run is counted by the chunk, from its fetch on. */
  markSlow(): void {}

  /** Whoever ended the last item does not wait: its slot is free. */
  #settleIfComplete(): void {
    if (this.#isOver || !this.#lines.isComplete) return;
    this.#isOver = true;
    this.#settleChunk().then(
      () => this.#end.resolve("done"),
      (error: unknown) => this.#end.reject(error),
    );
  }

  async #settleChunk(): Promise<void> {
    const { redis, logger, onItemEnded } = this.#tools;
    const { lane, chunk } = this.#run;
    const { text: lines, succeeded } = this.#lines;
    const settlement = { lane, chunk, attempt: this.#attempt, lines, succeeded };
    const verdict = await settleChunk(redis, settlement);
    failpoint("chunk settled");
    if (verdict === "settled") for (const end of this.#lines.ends) onItemEnded(lane, end);
    else logger.info({ chunk, verdict }, "discarded");
  }

  /** An exclusive run that came back, or that we ended ourselves, says nothing against its item. */
  async #forgetAlone(): Promise<void> {
    const task = this.#alone;
    this.#alone = undefined;
    if (task !== undefined) await this.#noteExclusiveRuns(task, task.work.exclusiveRuns);
  }

  async #noteExclusiveRuns(task: Task, runs: number): Promise<void> {
    const offset = this.#offsets.get(task) ?? 0;
    await noteExclusiveRunsOf(this.#tools.redis, this.#run, offset, runs);
  }
}

function workOf({ offset, item }: OpenItem, chunk: FetchedChunk, name: string): Work {
  return {
    id: `${name}#${offset}`,
    form: "one",
    rows: [item.row],
    parameters: item.parameters ?? chunk.parameters,
    queuedAtMs: chunk.queuedAtMs,
    startedAtMs: chunk.startedAtMs,
    limits: undefined,
    exclusiveRuns: chunk.exclusiveRuns.get(offset) ?? 0,
  };
}
