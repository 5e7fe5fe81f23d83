import type { BatchView } from "../../../shared/batch/fields.ts";
import { ScoringError } from "../../../shared/error.ts";
import type { AppendVerdict, NewChunk } from "../../../shared/batch/batches.ts";
import type { Chunk, Chunker } from "./chunker.ts";
import type { ItemStream } from "./source.ts";

/** Where chunks go. */
export interface ChunkStore {
  append(chunk: NewChunk): Promise<AppendVerdict>;
}

/** Chunks on their way to Redis at a time: enough to keep it busy, and no memory to speak of. */
const IN_FLIGHT = 8;

/**
 * Appends items to an open batch as they come, in chunks. When the source breaks off, what came
 * whole is appended before the error goes on, so that the upload can be resumed behind it.
 *
 * @param chunker one that has no items yet
 * @returns how many items the batch has now
 * @throws {ScoringError} when the batch takes no more; whatever `items` throws
 */
export async function upload(
  items: ItemStream,
  batch: BatchView,
  chunker: Chunker,
  store: ChunkStore,
): Promise<number> {
  const appender = new Appender(batch, store);
  let broken: { readonly error: unknown } | undefined;
  try {
    for await (const some of items) {
      for (const item of some) {
        const full = chunker.add(item);
        if (full !== undefined) await appender.append(full);
      }
    }
  } catch (error) {
    broken = { error };
  }
  const last = appender.hasFailed ? undefined : chunker.flush();
  if (last !== undefined) await appender.append(last);
  await appender.drain();
  if (broken !== undefined) throw broken.error;
  return appender.received;
}

class Appender {
  readonly #batch: BatchView;
  readonly #store: ChunkStore;
  readonly #inFlight = new Set<Promise<void>>();
  #number: number;
  #sent: number;
  #failure: { readonly error: unknown } | undefined;

  constructor(batch: BatchView, store: ChunkStore) {
    this.#batch = batch;
    this.#store = store;
    this.#number = batch.chunks;
    this.#sent = batch.counts.total;
  }

  get received(): number {
    return this.#sent;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** They travel on one connection, which keeps their order. */
  async append(chunk: Chunk): Promise<void> {
    this.#throwFailure();
    const { id, model, class: jobClass } = this.#batch;
    const sent = this.#store
      .append({
        ...chunk,
        batch: id,
        lane: { model, class: jobClass },
        number: this.#number,
        firstIndex: this.#sent,
      })
      .then((verdict) => refuseUnless(verdict, model))
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#inFlight.delete(sent));
    this.#inFlight.add(sent);
    this.#number += 1;
    this.#sent += chunk.items;
    if (this.#inFlight.size >= IN_FLIGHT) await Promise.race(this.#inFlight);
  }

  async drain(): Promise<void> {
    await Promise.all(this.#inFlight);
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** @throws {ScoringError} when the chunk was not appended */
function refuseUnless({ kind, received }: AppendVerdict, model: string): void {
  switch (kind) {
    case "appended":
      return;
    case "out_of_place":
      throw outOfPlace(received);
    case "closed":
      throw new ScoringError(
        "batch_not_open",
        "The batch was closed or has ended in the meantime.",
      );
    case "missing":
      throw new ScoringError("gone_deleted", "The batch was deleted in the meantime.");
    case "too_many": {
      const message = `The batch has ${received} items; more would exceed this gateway's limit.`;
      throw new ScoringError("payload_too_large", message, { members: { received } });
    }
    case "bytes_full": {
      const message = `The limit of unfinished work is reached, for you or for ${model}; try again later.`;
      throw new ScoringError("quota_exceeded", message, { members: { received } });
    }
  }
}

export function outOfPlace(received: number): ScoringError {
  return new ScoringError(
    "items_out_of_place",
    `The batch has ${received} items and expects item ${received} next: ?from= is beyond that, or another upload is running.`,
    {
      members: { received },
    },
  );
}
