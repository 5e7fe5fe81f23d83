import { randomBytes } from "node:crypto";
import type { ResultFolder } from "../../shared/batch/result-folder.ts";
import type { Clock } from "../../shared/clock.ts";
import { Every, type Service } from "../../shared/service.ts";
import { type Logger, reasonOf } from "../../shared/log.ts";
import { readEnded } from "../../shared/batch/chunk-results.ts";
import {
  claimSink,
  endSinkLook,
  forgetSink,
  linesInRedis,
  placeChunk,
  postponeSink,
  sinkableChunks,
  sunkUpTo,
  type SinkableChunk,
} from "../../shared/batch/sinks.ts";
import type { Redis } from "../../shared/redis/connection.ts";

export interface SinkerOptions {
  readonly redis: Redis;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly folder: ResultFolder;
}

const EVERY_MS = 1000;
/** Longest that one batch is worked on before the next has its turn. */
const TURN_MS = 2000;
/** How long a batch is left to a courier that does not come back; far more than a turn. */
const LEASE_MS = 15_000;
const CHUNKS_A_STEP = 64;
/** Lines in memory at a time, unless those of one chunk are more. */
const BYTES_A_WRITE = 8 * 1024 * 1024;

/**
 * Moves results of large batches out of Redis, into files of its own in the folder that couriers and
 * gateways share: written, on the disk, and only then taken out of Redis. One that is killed in
 * between leaves bytes in its file that nobody refers to. Removes the folders of batches that are gone.
 */
export class Sinker implements Service {
  readonly name = "sinker";
  readonly #options: SinkerOptions;
  /** Names the files that this process writes. */
  readonly #id = randomBytes(6).toString("hex");
  readonly #rounds = new Every(EVERY_MS, async () => this.#sinkAll());
  readonly start = this.#rounds.start;
  /** Returns when what is being written is written. */
  readonly stop = this.#rounds.stop;

  constructor(options: SinkerOptions) {
    this.#options = options;
  }

  /** Batch after batch, until none is due. */
  async #sinkAll(): Promise<void> {
    const { redis, logger } = this.#options;
    let batch: string | undefined;
    try {
      while (!this.#rounds.isStopped) {
        batch = await claimSink(redis, LEASE_MS);
        if (batch === undefined) return;
        await this.#look(batch);
      }
    } catch (error) {
      // It is looked at again when the lease is over; its results stay in Redis until then.
      logger.warn({ batch, reason: reasonOf(error) }, "results stay in Redis");
    }
  }

  async #look(batch: string): Promise<void> {
    const { redis, clock, folder, logger } = this.#options;
    const untilMs = performance.now() + TURN_MS;
    let upTo = await sunkUpTo(redis, batch);
    let isMore = true;
    while (isMore && !this.#rounds.isStopped && performance.now() < untilMs) {
      const ended = await readEnded(redis, batch, upTo, CHUNKS_A_STEP);
      const numbers = ended.map(({ number }) => number);
      const chunks = await sinkableChunks(redis, batch, numbers);
      for (const group of groupsOf(chunks)) await this.#write(batch, group);
      upTo = ended.at(-1)?.sequence ?? upTo;
      isMore = ended.length === CHUNKS_A_STEP;
    }
    const pauseMs = isMore ? 0 : EVERY_MS;
    if ((await endSinkLook(redis, { batch, upTo, pauseMs })) === "kept") return;
    // A courier whose lease ran out may still have been writing: nothing is left when nothing was.
    if (await folder.remove(batch)) await postponeSink(redis, batch, clock.now() + LEASE_MS);
    else await forgetSink(redis, batch);
    logger.debug({ batch }, "results removed");
  }

  async #write(batch: string, chunks: readonly SinkableChunk[]): Promise<void> {
    const { redis, folder } = this.#options;
    const texts = await Promise.all(
      chunks.map(async ({ number }) => linesInRedis(redis, batch, number)),
    );
    const places = await folder.append(batch, this.#id, texts);
    await Promise.all(
      chunks.map(async (chunk, i) => placeChunk(redis, batch, chunk, places[i] ?? "")),
    );
  }
}

/** As many chunks together as may be in memory at a time. */
function* groupsOf(chunks: readonly SinkableChunk[]): Generator<readonly SinkableChunk[]> {
  let group: SinkableChunk[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    if (group.length > 0 && bytes + chunk.bytes > BYTES_A_WRITE) {
      yield group;
      [group, bytes] = [[], 0];
    }
    group.push(chunk);
    bytes += chunk.bytes;
  }
  if (group.length > 0) yield group;
}
