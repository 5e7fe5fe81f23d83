import type { Redis } from "ioredis";
import {
  chunkFunctions,
  chunkVerdicts,
  parseChunk,
  type ChunkVerdict,
} from "../../shared/batch/chunk.ts";
import { readChunk, type ReadChunk } from "../../shared/batch/chunks.ts";
import { endFunctions } from "../../shared/batch/fields.ts";
import type { Lane } from "../../shared/lane.ts";
import { flowFunctions, paceFunctions, pauseFunctions } from "../../shared/lane/flow.ts";
import { keysFor } from "../../shared/redis/keys.ts";
import { asList, asNumber, asOneOf, script, type Reply } from "../../shared/redis/script.ts";
import { deliver } from "../../shared/webhook/deliver.ts";

const callScript = script(new URL("./chunk-calls.lua", import.meta.url), {
  behind: [deliver, pauseFunctions, endFunctions, flowFunctions, paceFunctions, chunkFunctions],
  keys: ["ready", "taken"],
  args: ["call", "name", "run", "turn", "attempt", "lines", "succeeded"],
});

/** What a run does with one chunk. */
export class ChunkHand {
  readonly #redis: Redis;
  readonly #lane: Lane;
  readonly #name: string;

  /** @param name `<batch id>/<number>` */
  constructor(redis: Redis, lane: Lane, name: string) {
    this.#redis = redis;
    this.#lane = lane;
    this.#name = name;
  }

  /** Rows that are to be taken, and how many workers died with it. */
  async size(): Promise<readonly (number | undefined)[]> {
    return asList(await this.#call("size", {})).map((it) => asNumber(it));
  }

  /** @returns undefined when there is nothing to run */
  async take(run = "r1", turn = 1): Promise<ReadChunk | undefined> {
    const reply = await this.#call("take", { run, turn });
    return Array.isArray(reply) ? readChunk(this.#redis, parseChunk(reply)) : undefined;
  }

  async settle(lines: string, succeeded: number, attempt = 1, run = "r1"): Promise<ChunkVerdict> {
    const reply = await this.#call("settle", { run, attempt, lines, succeeded });
    return asOneOf(reply, chunkVerdicts);
  }

  /** Says that it will not be run to its end. */
  async giveBack(how: "released" | "lost", run = "r1"): Promise<boolean> {
    return (await this.#call(how, { run })) !== null;
  }

  async #call(
    call: string,
    {
      run = "",
      turn = 0,
      attempt = 0,
      lines = "",
      succeeded = 0,
    }: Partial<
      Readonly<Record<"run" | "lines", string> & Record<"turn" | "attempt" | "succeeded", number>>
    >,
  ): Promise<Reply> {
    const keys = keysFor(this.#name);
    return callScript.run(this.#redis, {
      ready: keys.ready(this.#lane),
      taken: keys.taken(run),
      call,
      name: this.#name,
      run,
      turn,
      attempt,
      lines,
      succeeded,
    });
  }
}
