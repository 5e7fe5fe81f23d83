import { packedBytes, packItems, type BatchItem } from "../../../shared/batch/items.ts";

/** Items that travel together, packed. */
export interface Chunk {
  readonly items: number;
  readonly packed: Buffer;
  readonly hasCustomIds: boolean;
}

/** Bytes that a chunk has at most, unless a single item has more. */
const CHUNK_BYTES_MAX = 1024 * 1024;

/** Gathers items into chunks, in their order. Holds one chunk at a time. */
export class Chunker {
  readonly #rowsMax: number;
  #items: BatchItem[] = [];
  #bytes = 0;

  /** @param rowsMax most items of a chunk: the model's `max_batch_size` */
  constructor(rowsMax: number) {
    this.#rowsMax = rowsMax;
  }

  /** @returns the chunk that was full before it, if it was */
  add(item: BatchItem): Chunk | undefined {
    const bytes = packedBytes(item);
    const isFull = this.#items.length >= this.#rowsMax || this.#bytes + bytes > CHUNK_BYTES_MAX;
    const full = isFull ? this.flush() : undefined;
    this.#items.push(item);
    this.#bytes += bytes;
    return full;
  }

  /** @returns what is left, if anything */
  flush(): Chunk | undefined {
    if (this.#items.length === 0) return undefined;
    const items = this.#items;
    this.#items = [];
    this.#bytes = 0;
    return {
      items: items.length,
      packed: packItems(items),
      hasCustomIds: items.some(({ customId }) => customId !== undefined),
    };
  }
}
