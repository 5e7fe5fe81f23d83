import type { ChunkSettle, TakenChunk } from "../../shared/batch/chunk.ts";
import {
  claimLines,
  isChunkHeld,
  noteExclusiveRunsOf,
  readChunk,
  type ReadChunk,
} from "../../shared/batch/chunks.ts";
import type { Outcome } from "../../shared/job/outcome.ts";
import type { Lane } from "../../shared/lane.ts";
import { reasonOf } from "../../shared/log.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { Block, Carrier, CarrierTools, Task, Work } from "./carrier.ts";
import { ChunkLines, type OpenItem } from "./chunk-lines.ts";
import { bounded, jobOutcome } from "./job-outcome.ts";
import type { RunTimes } from "./run-ends.ts";
import type { BlockResult } from "./run-request.ts";
import { makeTask, metricsOf } from "./task.ts";

/**
 * Items of one chunk of a batch. Each is scored, and fails, by itself; they are settled together when
 * the last has ended. Until then nothing of them is written down, so that a chunk which is handed
 * back, or whose worker dies, is run again as a whole.
 */
export class ChunkCarrier implements Carrier {
  readonly name: string;
  readonly lane: Lane;
  readonly #tools: CarrierTools;
  readonly #version: ModelVersion;
  readonly #chunk: TakenChunk;
  /** Of those that have not ended. */
  readonly #offsets = new Map<Task, number>();
  /** Undefined until its items are here. */
  #lines: ChunkLines | undefined;
  /** What the next turn is to settle. */
  #settle: ChunkSettle | undefined;
  /**
   * Those whose exclusive runs are written down. Often two: a slot goes on to the next before it is said
   * that the one before came back.
   */
  readonly #noted = new Set<Task>();
  /** Settled, handed back, or another's by now: what still ends is discarded. */
  #isOver = false;

  constructor(tools: CarrierTools, version: ModelVersion, chunk: TakenChunk) {
    this.name = chunk.name;
    this.lane = chunk.lane;
    this.#tools = tools;
    this.#version = version;
    this.#chunk = chunk;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  async prepare(): Promise<readonly Task[]> {
    const chunk = await readChunk(this.#tools.redis, this.#chunk);
    if (this.#isOver) return []; // it was handed back meanwhile
    this.#lines = new ChunkLines(chunk);
    const { open } = this.#lines;
    const blockRows = open.length === chunk.count ? this.#blockRowsOf(chunk) : undefined;
    if (blockRows === undefined) this.#addItems(chunk, open);
    else this.#addBlocks(chunk, [0, chunk.count], blockRows);
    await this.#settleIfComplete();
    return [...this.#offsets.keys()];
  }

  isOpen(task: Task): boolean {
    return this.#offsets.has(task);
  }

  settle(task: Task, outcome: Outcome): void {
    const offset = this.#offsets.get(task);
    if (offset === undefined) return;
    this.#forget(task);
    this.#offsets.delete(task);
    for (let i = 0; i < task.rows; i += 1) this.#lines?.end(offset + i, outcome);
    void this.#settleIfComplete();
  }

  ends(): readonly ChunkSettle[] {
    const settle = this.#settle;
    this.#settle = undefined;
    return settle === undefined ? [] : [settle];
  }

  answered(_: ChunkSettle, verdict: string): void {
    const { logger, onItemsEnded } = this.#tools;
    this.#isOver = true;
    if (verdict === "settled") {
      for (const { end, count } of this.#lines?.ends ?? []) onItemsEnded(this.lane, end, count);
    } else {
      logger.info({ chunk: this.name, verdict }, "discarded");
    }
  }

  drop(): void {
    this.#isOver = true;
    for (const task of this.#noted) this.#forget(task);
    this.#offsets.clear();
  }

  /** All of them or none: items have no states. */
  async stillOpen(tasks: readonly Task[]): Promise<readonly Task[]> {
    const { redis, desk } = this.#tools;
    if (await isChunkHeld(redis, { name: this.name, run: desk.run })) return tasks;
    this.drop();
    desk.note(this);
    return [];
  }

  async noteExclusiveRun(task: Task): Promise<void> {
    this.#noted.add(task);
    await this.#noteExclusiveRuns(task, task.work.exclusiveRuns + 1);
  }

  /** An exclusive run that came back, or that we ended ourselves, says nothing against its item. */
  async forgetExclusiveRun(task: Task): Promise<void> {
    if (!this.#noted.delete(task)) return;
    await this.#noteExclusiveRuns(task, task.work.exclusiveRuns);
  }

  /** Whose worker died, or may have died of an item, is run item by item. */
  #blockRowsOf({ even, deaths, exclusiveRuns }: ReadChunk): number | undefined {
    if (even === undefined || deaths > 0 || exclusiveRuns.size > 0) return undefined;
    return this.#tools.blockRows(this.#version, even.rowBytes);
  }

  #addItems(chunk: ReadChunk, items: readonly OpenItem[]): readonly Task[] {
    return items.map((item) => this.#add(workOf(item, chunk), item.offset));
  }

  /** @param range of its items @param rowsMax of a block */
  #addBlocks(
    chunk: ReadChunk,
    [from, until]: readonly [number, number],
    rowsMax: number,
  ): readonly Task[] {
    const { rows, rowBytes } = chunk.even ?? { rows: Buffer.alloc(0), rowBytes: 0 };
    const tasks: Task[] = [];
    for (let offset = from; offset < until; offset += rowsMax) {
      const end = Math.min(offset + rowsMax, until);
      const block: Block = {
        bytes: rows.subarray(offset * rowBytes, end * rowBytes),
        count: end - offset,
        settle: (ran, times) => this.#settleBlock(task, ran, times),
        split: () => this.#split(task, chunk),
      };
      const id = `${chunk.name}#${offset}-${end - 1}`;
      const task = this.#add({ ...commonOf(chunk), id, rows: [], block }, offset);
      tasks.push(task);
    }
    return tasks;
  }

  #add(work: Work, offset: number): Task {
    const { deaths } = this.#chunk;
    const nowMs = this.#tools.clock.now();
    const task = makeTask(work, { carrier: this, version: this.#version, deaths, nowMs });
    this.#offsets.set(task, offset);
    return task;
  }

  #settleBlock(task: Task, ran: BlockResult, { startMs, nowMs, outputBytesMax }: RunTimes): void {
    const offset = this.#offsets.get(task);
    if (offset === undefined) return;
    this.#offsets.delete(task);
    let row = 0;
    for (const run of ran.runs) {
      const metrics = metricsOf(task, { ...ran, ...run }, run.runRows, [startMs, nowMs]);
      for (const end = row + run.rows; row < end; row += 1) {
        const failed = ran.failures.get(row);
        const body = ran.outputs[row] ?? "null";
        const outcome =
          failed === undefined
            ? bounded({ status: "succeeded", body, metrics }, outputBytesMax)
            : jobOutcome({ form: "one" }, [failed], [], metrics);
        this.#lines?.end(offset + row, outcome);
      }
    }
    void this.#settleIfComplete();
  }

  /** Into tensor batches, and one of those into its items. */
  #split(task: Task, chunk: ReadChunk): readonly Task[] {
    const offset = this.#offsets.get(task);
    if (offset === undefined) return [];
    this.#offsets.delete(task);
    const range = [offset, offset + task.rows] as const;
    if (task.rows > task.rowsMax) return this.#addBlocks(chunk, range, task.rowsMax);
    const items = this.#addItems(chunk, this.#lines?.open.slice(...range) ?? []);
    for (const item of items) item.company = "alone";
    return items;
  }

  /** What is large goes to Redis in front of the turn. Never rejects. */
  async #settleIfComplete(): Promise<void> {
    if (this.#isOver || this.#lines?.isComplete !== true) return;
    const { redis, desk } = this.#tools;
    const { text: lines, succeeded } = this.#lines;
    const settle = { pack: this.name, attempt: this.#chunk.attempt, lines, succeeded };
    this.#settle = await claimLines(redis, settle).catch((error: unknown) => {
      this.#warn(error, "lines travel with the turn");
      return settle;
    });
    desk.note(this);
  }

  /** Sent at once: in front of whatever lets go of the chunk. */
  #forget(task: Task): void {
    this.forgetExclusiveRun(task).catch((error: unknown) => {
      this.#warn(error, "exclusive run not forgotten");
    });
  }

  async #noteExclusiveRuns(task: Task, runs: number): Promise<void> {
    const { redis, desk } = this.#tools;
    const offset = this.#offsets.get(task) ?? 0;
    await noteExclusiveRunsOf(redis, { name: this.name, run: desk.run }, offset, runs);
  }

  #warn(error: unknown, what: string): void {
    this.#tools.logger.warn({ chunk: this.name, reason: reasonOf(error) }, what);
  }
}

function workOf({ offset, item }: OpenItem, chunk: ReadChunk): Work {
  return {
    ...commonOf(chunk),
    id: `${chunk.name}#${offset}`,
    rows: [item.row],
    parameters: item.parameters ?? chunk.parameters,
    exclusiveRuns: chunk.exclusiveRuns.get(offset) ?? 0,
  };
}

function commonOf({ parameters, queuedAtMs, startedAtMs }: ReadChunk) {
  const times = { queuedAtMs, startedAtMs, limits: undefined };
  return { form: "one", parameters, exclusiveRuns: 0, ...times } as const;
}
