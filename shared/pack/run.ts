import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { parseChunk, type ChunkSettle, type TakenChunk } from "../batch/chunk.ts";
import { laneName, parseLane, type Lane } from "../lane.ts";
import { flowFields } from "../lane/flow.ts";
import type { Shifts } from "../lane/shifts.ts";
import { type Logger, reasonOf } from "../log.ts";
import { keysForPack, workKeys as keys } from "../redis/keys.ts";
import { asList, asNumber, asText, script, type Reply } from "../redis/script.ts";
import { delay } from "../wait.ts";
import { argsOf, putOutputs, segmentsOf, type Settle } from "./ends.ts";
import { packFields, seatFields } from "./record.ts";
import { givingBack } from "./settle.ts";
import { parseTaken, type TakenPack } from "./taken.ts";

export type { Settle } from "./ends.ts";
export type { TakenPack } from "./taken.ts";

const at = (file: string): URL => new URL(file, import.meta.url);
const behind = givingBack;
const turnScript = script(at("./turn.lua"), {
  keys: ["runs", "taken"],
  args: ["run", "begins", "number", "lane", "wanted", "woken", "attends", "worker", "leaseMs"],
  each: { args: ["name", "attempt", "first", "letters", "sizes", "metrics", "bodies"] },
  behind,
  reads: {
    readTurned: flowFields.pick("armed", "attendant", "running", "endedSinceMs", "idleSinceMs"),
    readTaken: packFields.pick(
      "version",
      "lane",
      "limits",
      "createdAtMs",
      "form",
      "rows",
      "tenants",
      "owners",
      "states",
      "tags",
      "bytes",
      "inputs",
      "parameters",
      "has",
      "attempt",
      "queuedAtMs",
      "stoodMs",
      "run",
      "startedAtMs",
      "deaths",
      "waiters",
      "deliveries",
      "via",
    ),
  },
  writes: { PACK: packFields, SEAT: seatFields, FLOW: flowFields },
});
const held = { keys: ["runs", "taken"], behind } as const;
const beatScript = script(at("./beat.lua"), {
  ...held,
  args: ["run", "leaseMs", "answered"],
  rest: "held",
});
const releaseScript = script(at("./release.lua"), { ...held, args: ["run"], rest: "names" });
const leaveScript = script(at("./leave.lua"), { ...held, args: ["run"] });

export interface RunOptions {
  /** A connection for loops. */
  readonly redis: Redis;
  readonly shifts: Pick<Shifts, "add">;
  /** What its worker listens to just now (`WakeFeed`); none: it is woken by shifts alone. */
  readonly listener?: () => string | undefined;
  /** How long what it has stays its own without a beat, in ms. */
  readonly leaseMs: number;
  readonly logger: Logger;
}

export interface Wanted {
  readonly lane: Lane;
  /** Rows at most, unless the first pack alone has more; 0 for nothing. */
  readonly rows: number;
  /** It is the first turn since this worker was woken for the lane. */
  readonly woken: boolean;
  /** When it takes fewer rows than this, it is to be told at once of what comes next. */
  readonly attends?: number;
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

/** After a turn that Redis refused, in ms. */
const REPEAT_MS = 200;

/**
 * A worker's hold on packs, from its first turn until it leaves or its lease ends. Each turn has a number,
 * and is sent under the same one until it is answered: what it took is given again, what it settled stays
 * settled. Turns may be under way side by side.
 */
export class Run {
  readonly id = randomUUID();
  readonly #options: RunOptions;
  readonly #ended = new AbortController();
  #turns = 0;
  /** Numbers of turns that are not answered, or whose caller has not been told yet. */
  readonly #open = new Set<number>();
  #isKnown = false;

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
    const parts = settles.map((it) => ("lines" in it ? [it] : segmentsOf(it)));
    const number = this.#number();
    try {
      for (const part of parts.flat()) {
        if (!("lines" in part))
          await this.#repeat(async (redis) => putOutputs(redis, this.id, part));
      }
      const reply = await this.#repeat(async (redis) =>
        this.#send(redis, number, wanted, parts.flat()),
      );
      if (!Array.isArray(reply)) throw this.#fenced();
      this.#isKnown = true;
      const [verdicts, packs, chunks, left, arm, broken] = asList(reply);
      this.#tell(asList(broken));
      if (wanted !== undefined && arm === 1) this.#arm([wanted.lane]);
      return {
        verdicts: joined(asList(verdicts), parts),
        packs: asList(packs).map((pack) => parseTaken(pack)),
        chunks: asList(chunks).map((chunk) => parseChunk(chunk)),
        left: asNumber(left) ?? 0,
      };
    } finally {
      // Whoever called must have had the time to say that it holds what came.
      setImmediate(() => this.#open.delete(number));
    }
  }

  /**
   * Lengthens the lease: to be sent every second. What this run has taken and does not hold goes back.
   *
   * @param names of packs that the worker has in hand
   * @throws {RunFenced}
   */
  async beat(names: readonly string[]): Promise<void> {
    if (!this.#isKnown) return;
    const { redis, leaseMs } = this.#options;
    const answered = Math.min(this.#turns + 1, ...this.#open) - 1;
    const reply = await beatScript.run(redis, { ...this.#names(), leaseMs, answered, held: names });
    if (!Array.isArray(reply)) throw this.#fenced();
    this.#armNamed(reply);
  }

  /** Hands packs back, at no cost to them. */
  async release(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    this.#armNamed(await releaseScript.run(this.#options.redis, { ...this.#names(), names }));
  }

  /** Hands everything back and ends the run: no turn is repeated any more. */
  async leave(): Promise<void> {
    this.#ended.abort();
    this.#armNamed(await leaveScript.run(this.#options.redis, this.#names()));
  }

  #number(): number {
    this.#turns += 1;
    this.#open.add(this.#turns);
    return this.#turns;
  }

  #names() {
    return { runs: keys.runs, taken: keys.taken(this.id), run: this.id };
  }

  async #send(
    redis: Redis,
    number: number,
    wanted: Wanted | undefined,
    settles: readonly (Settle | ChunkSettle)[],
  ): Promise<Reply> {
    const { leaseMs } = this.#options;
    const worker = this.#options.listener?.();
    return turnScript.run(redis, {
      ...this.#names(),
      begins: this.#isKnown ? "" : "1",
      number,
      lane: wanted === undefined ? "" : laneName(wanted.lane),
      wanted: wanted?.rows ?? 0,
      woken: wanted?.woken === true ? "1" : "",
      attends: worker === undefined ? 0 : (wanted?.attends ?? 0),
      worker: worker ?? "",
      leaseMs,
      items: settles.map((it) => ("lines" in it ? chunkArgsOf(it) : argsOf(it))),
    });
  }

  /** Until it is answered: what was not may have happened. */
  async #repeat<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    const { redis, logger } = this.#options;
    for (;;) {
      try {
        return await work(redis);
      } catch (error) {
        if (this.#ended.signal.aborted || redis.status === "end") throw error;
        logger.warn({ reason: reasonOf(error) }, "turn is sent again");
        await delay(REPEAT_MS, this.#ended.signal);
      }
    }
  }

  #fenced(): RunFenced {
    this.#ended.abort();
    return new RunFenced("the lease of this worker's run has ended");
  }

  #armNamed(reply: Reply): void {
    this.#arm(asList(reply).map((lane) => parseLane(asText(lane) ?? "")));
  }

  #tell(broken: readonly Reply[]): void {
    if (broken.length === 0) return;
    this.#options.logger.error({ packs: broken.map(asText) }, "packs whose record is broken");
  }

  /** What is lost here the courier mends. */
  #arm(lanes: readonly Lane[]): void {
    const { shifts, logger } = this.#options;
    for (const lane of lanes) {
      shifts.add(lane).catch((error: unknown) => {
        logger.debug({ reason: reasonOf(error) }, "shift not added");
      });
    }
  }
}

/** The payload of a pack that is large; undefined when it is lost. */
export async function readInput(redis: Redis, name: string): Promise<Buffer | undefined> {
  return (await redis.getBuffer(keysForPack(name).packInput(name))) ?? undefined;
}

function chunkArgsOf({ pack, attempt, lines, succeeded }: ChunkSettle) {
  const none = { letters: "", sizes: "", metrics: "" };
  return { name: pack, attempt, first: succeeded, ...none, bodies: lines };
}

/** Verdicts of the parts of each settle, put together. */
function joined(
  verdicts: readonly Reply[],
  parts: readonly (readonly unknown[])[],
): readonly string[] {
  const texts = verdicts.map((verdict) => asText(verdict) ?? "");
  return parts.map(({ length }) => texts.splice(0, length).join(""));
}
