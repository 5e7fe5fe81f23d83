import { overdueOutcome } from "../../shared/job/limits.ts";
import type { Outcome } from "../../shared/job/outcome.ts";
import { unpackRows } from "../../shared/job/payload.ts";
import type { Lane } from "../../shared/lane.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { packFields } from "../../shared/pack/record.ts";
import { readInput, type Settle, type TakenPack } from "../../shared/pack/run.ts";
import { keysForPack } from "../../shared/redis/keys.ts";
import { traceFields } from "../../shared/trace.ts";
import type { Span } from "../../shared/tracing/tracer.ts";
import type { Carrier, CarrierTools, Task } from "./carrier.ts";
import { segmentsOf } from "./segments.ts";
import { attemptLeftMs, makeTask } from "./task.ts";

/** The longest that a timer of Node's waits for; a longer one comes at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** Between two looks at attempts whose time stands still, however little of it is left, in ms. */
const LOOK_MS_MIN = 20;

/** Jobs of a pack: each ends by itself, and those that end together are settled as one. */
export class PackCarrier implements Carrier {
  readonly name: string;
  readonly lane: Lane;
  readonly #tools: CarrierTools;
  readonly #version: ModelVersion;
  readonly #pack: TakenPack;
  /** Those that have not ended, with their index in the pack. */
  readonly #open = new Map<Task, number>();
  /** By index: ended, and in no turn yet. */
  #ended = new Map<number, Outcome>();
  /** By index: the spans of those that have ended and whose end no turn has recorded. */
  readonly #settling = new Map<number, Span>();
  #timer: NodeJS.Timeout | undefined;
  #isPrepared = false;

  constructor(tools: CarrierTools, version: ModelVersion, pack: TakenPack) {
    this.name = pack.name;
    this.lane = pack.lane;
    this.#tools = tools;
    this.#version = version;
    this.#pack = pack;
  }

  get isOver(): boolean {
    return this.#isPrepared && this.#open.size === 0 && this.#ended.size === 0;
  }

  prepare(): readonly Task[] | Promise<readonly Task[]> {
    const { isLarge, payloads } = this.#pack;
    if (!isLarge) return this.#makeTasks(payloads);
    return readInput(this.#tools.redis, this.name).then((payload) => this.#makeTasks([payload]));
  }

  isOpen(task: Task): boolean {
    return this.#open.has(task);
  }

  settle(task: Task, outcome: Outcome): void {
    const index = this.#open.get(task);
    if (index === undefined) return;
    this.#ended.set(index, outcome);
    const span = this.#tools.spans?.settling(task);
    if (span !== undefined) this.#settling.set(index, span);
    this.#close(task);
  }

  ends(): readonly Settle[] {
    const ended = this.#ended;
    this.#ended = new Map();
    const { name: pack, attempt } = this.#pack;
    return segmentsOf(ended).map((segment) => ({ pack, attempt, ...segment }));
  }

  answered({ outcomes, first }: Settle, verdict: string): void {
    const { logger, onJobEnded } = this.#tools;
    for (const [i, outcome] of outcomes.entries()) {
      const letter = verdict[i];
      this.#settling.get(first + i)?.end({ "scoreline.job.status": outcome.status });
      if (letter !== undefined && letter !== "-") onJobEnded(this.lane, outcome, this.#pack.via);
      else {
        const { ids, traces } = this.#pack;
        const told = { jobId: ids[first + i], ...traceFields(traces[first + i]) };
        logger.info(told, "discarded");
      }
    }
  }

  drop(): void {
    this.#isPrepared = true;
    clearTimeout(this.#timer);
    this.#open.clear();
    this.#ended.clear();
  }

  async stillOpen(tasks: readonly Task[]): Promise<readonly Task[]> {
    const { redis, desk } = this.#tools;
    const keys = keysForPack(this.name);
    const { states, run } = packFields.letters;
    const [letters, holder] = await redis.hmget(keys.pack(this.name), states, run);
    const isOurs = holder === desk.run;
    const open = tasks.filter((task) => isOurs && letters?.[this.#open.get(task) ?? NaN] === "W");
    for (const task of tasks) if (!open.includes(task)) this.#close(task);
    return open;
  }

  /** A pack says how many workers died with it: nothing is to be noted. */
  async noteExclusiveRun(): Promise<void> {}
  async forgetExclusiveRun(): Promise<void> {}

  #makeTasks(payloads: readonly (Buffer | undefined)[]): readonly Task[] {
    if (this.#isPrepared) return []; // it was handed back meanwhile
    this.#isPrepared = true;
    const { form, states, ids, parameters, traces, limits, deaths } = this.#pack;
    const { queuedAtMs, startedAtMs } = this.#pack;
    const common = { form, queuedAtMs, startedAtMs, limits, exclusiveRuns: 0 };
    const nowMs = this.#tools.clock.now();
    const origin = { carrier: this, version: this.#version, nowMs, deaths };
    for (let index = 0; index < states.length; index += 1) {
      if (states[index] !== "W") continue;
      const work = {
        ...common,
        id: ids[index] ?? "",
        rows: rowsOf(payloads[index]),
        parameters: parameters[index] ?? "{}",
        trace: traces[index],
      };
      this.#open.set(makeTask(work, origin), index);
    }
    if (this.#open.size > 0) this.#lookIn(startedAtMs + limits.attemptMs - nowMs);
    return [...this.#open.keys()];
  }

  #close(task: Task): void {
    this.#open.delete(task);
    if (this.#open.size === 0) clearTimeout(this.#timer);
    this.#tools.desk.note(this);
  }

  #lookIn(ms: number): void {
    const waitMs = Math.min(Math.max(0, ms), TIMER_MS_MAX);
    this.#timer = setTimeout(() => this.#keepTime(), waitMs);
  }

  /** An attempt's time runs here, and so only while its worker lives. */
  #keepTime(): void {
    const nowMs = this.#tools.clock.now();
    let leastMs = Infinity;
    for (const task of this.#open.keys()) {
      const leftMs = attemptLeftMs(task, nowMs);
      if (leftMs <= 0) this.settle(task, overdueOutcome("attempt", this.#pack.limits));
      else leastMs = Math.min(leastMs, leftMs);
    }
    if (this.#open.size > 0) this.#lookIn(Math.max(leastMs, LOOK_MS_MIN));
  }
}

/** A payload that cannot be read fails its own job, not the others of its pack. */
function rowsOf(payload: Buffer | undefined): readonly Buffer[] {
  if (payload === undefined || payload.length === 0) return [];
  try {
    return unpackRows(payload);
  } catch {
    return [];
  }
}
