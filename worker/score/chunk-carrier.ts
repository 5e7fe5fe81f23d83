import type { Lane } from "../../shared/lane.ts";
import type { Outcome } from "../../shared/job/outcome.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { ChunkSettle, TakenChunk } from "../../shared/pack/run.ts";
import { noteExclusiveRunsOf } from "../../shared/batch/chunks.ts";
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
  readonly tasks: readonly Task[];
  readonly #tools: CarrierTools;
  readonly #attempt: number;
  readonly #lines: ChunkLines;
  readonly #offsets: ReadonlyMap<Task, number>;
  /** Those that have not ended. */
  readonly #open: Set<Task>;
  /** The exclusive run that is written down and has not ended. */
  #alone: Task | undefined;
  /** Settled, handed back, or another's by now: what still ends is discarded. */
  #isOver = false;

  constructor(tools: CarrierTools, version: ModelVersion, chunk: TakenChunk) {
    this.name = chunk.name;
    this.lane = chunk.lane;
    this.#tools = tools;
    this.#attempt = chunk.attempt;
    this.#lines = new ChunkLines(chunk);
    const origin = { carrier: this, version, deaths: chunk.deaths, nowMs: tools.clock.now() };
    this.#offsets = new Map(
      this.#lines.open.map((open) => [makeTask(workOf(open, chunk), origin), open.offset]),
    );
    this.tasks = [...this.#offsets.keys()];
    this.#open = new Set(this.tasks);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  isOpen(task: Task): boolean {
    return this.#open.has(task);
  }

  settle(task: Task, outcome: Outcome): void {
    const offset = this.#offsets.get(task);
    if (offset === undefined || !this.#open.delete(task)) return;
    void this.forgetExclusiveRun(task);
    this.#lines.end(offset, outcome);
    if (this.#lines.isComplete) this.#tools.desk.note(this);
  }

  ends(): readonly ChunkSettle[] {
    if (this.#isOver || !this.#lines.isComplete) return [];
    const { text, succeeded } = this.#lines;
    return [{ pack: this.name, attempt: this.#attempt, lines: Buffer.from(text), succeeded }];
  }

  answered(_: ChunkSettle, verdict: string): void {
    const { logger, onItemEnded } = this.#tools;
    this.#isOver = true;
    if (verdict === "S") for (const end of this.#lines.ends) onItemEnded(this.lane, end);
    else logger.info({ chunk: this.name }, "discarded");
  }

  drop(): void {
    this.#isOver = true;
    this.#open.clear();
  }
