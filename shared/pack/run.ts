import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import type { ChunkSettle, TakenChunk } from "../batch/chunk.ts";
import type { JobLimits } from "../job/limits.ts";
import type { Outcome } from "../job/outcome.ts";
import type { JobForm } from "../job/record.ts";
import type { Lane } from "../lane.ts";
import type { Shifts } from "../lane/shifts.ts";
import type { Logger } from "../log.ts";

export interface RunOptions {
  /** A connection for loops. */
  readonly redis: Redis;
  readonly shifts: Shifts;
  /** How long what it has stays its own without a beat, in ms. */
  readonly leaseMs: number;
  readonly logger: Logger;
}

/** The end of jobs that stand side by side in a pack and ran together. */
export interface Settle {
  readonly pack: string;
  readonly attempt: number;
  /** Index of the first of them. */
  readonly first: number;
  readonly outcomes: readonly Outcome[];
}

/** A pack as a worker has it. */
export interface TakenPack {
  readonly name: string;
  readonly lane: Lane;
  readonly attempt: number;
  readonly form: JobForm;
  /** Of each job. */
  readonly rows: readonly number[];
  /** A character a job: `W` is to be run. */
  readonly states: string;
  readonly queuedAtMs: number;
  readonly startedAtMs: number;
  readonly limits: JobLimits;
  /** Workers that died with it: one is enough for it to be run apart from others. */
  readonly deaths: number;
  /** By index; undefined: the job is not to be run, or its payload is large. */
  readonly payloads: readonly (Buffer | undefined)[];
  /** Its payload is to be read with `readInput`: it is a pack of one. */
  readonly isLarge: boolean;
  /** By index, JSON texts of objects; undefined: it has none, or is not to be run. */
  readonly parameters: readonly (string | undefined)[];
}

export interface Wanted {
  readonly lane: Lane;
  /** Rows at most, unless the first pack alone has more. */
  readonly rows: number;
  /** It is the first turn since this worker was woken by a shift. */
  readonly woken: boolean;
}

export interface Turned {
  /**
   * In the order of what was to be settled. Of a pack, a letter for each job that ended by it, and `-` for
   * one that had ended before, or is no longer this run's. Of a chunk, a `ChunkVerdict`.
   */
  readonly verdicts: readonly string[];
  readonly packs: readonly TakenPack[];
  readonly chunks: readonly TakenChunk[];
  /** Packs that are still ready in the lane. */
  readonly left: number;
}

/** The lease of a run has ended, and what it had is with others: a new run begins with nothing. */
export class RunFenced extends Error {}

/**
 * A worker's hold on packs, from its start until it leaves or its lease ends. Each turn has a number, and
 * is sent under the same one until it is answered: what it took is given again, what it settled stays
 * settled. Turns may be under way side by side.
 */
export class Run {
  readonly id = randomUUID();
  readonly #options: RunOptions;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  /**
   * Settles, and takes from one lane, in one step. A pack is this run's until all its jobs have ended, or
   * it is released.
   *
   * @throws {RunFenced}
   */
  async turn(
    wanted: Wanted | undefined,
    settles: readonly (Settle | ChunkSettle)[],
  ): Promise<Turned> {
    throw new Error(`not built yet: ${this.#options.leaseMs} ${wanted?.rows} ${settles.length}`);
  }

  /**
   * Lengthens the lease: to be sent every second. What this run has taken and does not hold goes back.
   *
   * @param held names of packs that the worker has in hand
   * @throws {RunFenced}
   */
  async beat(held: readonly string[]): Promise<void> {
    throw new Error(`not built yet: ${held.length}`);
  }

  /** Hands packs back, at no cost to them. */
  async release(names: readonly string[]): Promise<void> {
    throw new Error(`not built yet: ${names.length}`);
  }

  /** Hands everything back and ends the run. */
  async leave(): Promise<void> {
    throw new Error("not built yet");
  }
}

/** The payload of a pack that is large; undefined when it is lost. */
export async function readInput(redis: Redis, name: string): Promise<Buffer | undefined> {
  throw new Error(`not built yet: ${redis.status} ${name}`);
}
