import type { Lane } from "../../shared/lane.ts";
import type { Outcome } from "../../shared/job/outcome.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { ChunkSettle, TakenChunk } from "../../shared/batch/chunk.ts";
import { isChunkHeld, noteExclusiveRunsOf } from "../../shared/batch/chunks.ts";
import { unpackItems, type BatchItem } from "../../shared/batch/items.ts";
import { keysFor } from "../../shared/redis/keys.ts";
import { reasonOf } from "../../shared/log.ts";
import type { Carrier, CarrierTools, Task, Work } from "./carrier.ts";
import { ChunkLines, type OpenItem } from "./chunk-lines.ts";
import { makeTask } from "./task.ts";

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
  readonly #offsets = new Map<Task, number>();
  /** Those that have not ended. */
  readonly #open = new Set<Task>();
  /** Undefined until its items are here. */
  #lines: ChunkLines | undefined;
  /** The exclusive run that is written down and has not ended. */
  #alone: Task | undefined;
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

  prepare(): readonly Task[] | Promise<readonly Task[]> {
    const { packed, succeeded } = this.#chunk;
    if (packed.length > 0 && succeeded === 0) return this.#makeTasks(packed, "");
    return this.#read().then(([items, earlier]) => this.#makeTasks(items, earlier));
  }

  isOpen(task: Task): boolean {
    return this.#open.has(task);
  }

  settle(task: Task, outcome: Outcome): void {
    const offset = this.#offsets.get(task);
    if (offset === undefined || !this.#open.delete(task)) return;
    this.forgetExclusiveRun(task).catch((error: unknown) => {
      const reason = reasonOf(error);
      this.#tools.logger.warn({ item: task.work.id, reason }, "exclusive run not forgotten");
    });
    this.#lines?.end(offset, outcome);
    if (this.#lines?.isComplete === true) this.#tools.desk.note(this);
  }

  ends(): readonly ChunkSettle[] {
    if (this.#isOver || this.#lines?.isComplete !== true) return [];
    const { text, succeeded } = this.#lines;
    return [{ pack: this.name, attempt: this.#chunk.attempt, lines: text, succeeded }];
  }

  answered(_: ChunkSettle, verdict: string): void {
    const { logger, onItemEnded } = this.#tools;
    this.#isOver = true;
    if (verdict === "S") for (const end of this.#lines?.ends ?? []) onItemEnded(this.lane, end);
    else logger.info({ chunk: this.name }, "discarded");
  }

  drop(): void {
    this.#isOver = true;
    this.#open.clear();
  }

  /** Whether the whole chunk is still ours, since its items have no states. */
  async stillOpen(tasks: readonly Task[]): Promise<readonly Task[]> {
    const { redis, desk } = this.#tools;
    if (await isChunkHeld(redis, { chunk: this.name, token: desk.run })) return tasks;
    this.drop();
    desk.note(this);
    return [];
  }

  async noteExclusiveRun(task: Task): Promise<void> {
    this.#alone = task;
    await this.#noteExclusiveRuns(task, task.work.exclusiveRuns + 1);
  }

  /** An exclusive run that came back, or that we ended ourselves, says nothing against its item. */
  async forgetExclusiveRun(task: Task): Promise<void> {
    if (this.#alone !== task) return;
    this.#alone = undefined;
    await this.#noteExclusiveRuns(task, task.work.exclusiveRuns);
  }

  #makeTasks(packed: Buffer, earlier: string): readonly Task[] {
    if (this.#isOver) return []; // it was handed back meanwhile
    this.#lines = new ChunkLines({ ...this.#chunk, items: itemsOf(packed), earlier });
    const nowMs = this.#tools.clock.now();
    const origin = { carrier: this, version: this.#version, deaths: this.#chunk.deaths, nowMs };
    for (const open of this.#lines.open) {
      const task = makeTask(workOf(open, this.#chunk), origin);
      this.#offsets.set(task, open.offset);
      this.#open.add(task);
    }
    return [...this.#open];
  }

  /** What is large, or of an earlier attempt, does not come with the turn. */
  async #read(): Promise<readonly [Buffer, string]> {
    const { redis } = this.#tools;
    const keys = keysFor(this.name);
    const { packed, succeeded } = this.#chunk;
    const items = packed.length > 0 ? packed : await redis.getBuffer(keys.chunkItems(this.name));
    const earlier = succeeded > 0 ? await redis.get(keys.chunkLines(this.name)) : "";
    return [items ?? Buffer.alloc(0), earlier ?? ""];
  }

  async #noteExclusiveRuns(task: Task, runs: number): Promise<void> {
    const { redis, desk } = this.#tools;
    const offset = this.#offsets.get(task) ?? 0;
    await noteExclusiveRunsOf(redis, { chunk: this.name, token: desk.run }, offset, runs);
  }
}

function workOf({ offset, item }: OpenItem, chunk: TakenChunk): Work {
  return {
    id: `${chunk.name}#${offset}`,
    form: "one",
    rows: [item.row],
    parameters: item.parameters ?? chunk.parameters,
    queuedAtMs: chunk.queuedAtMs,
    startedAtMs: chunk.startedAtMs,
    limits: undefined,
    exclusiveRuns: chunk.exclusiveRuns.get(offset) ?? 0,
  };
}

function itemsOf(packed: Buffer): readonly BatchItem[] | undefined {
  if (packed.length === 0) return undefined;
  try {
    return unpackItems(packed);
  } catch {
    return undefined;
  }
}
