import { PACK_BYTES_MAX } from "../../../shared/job/payload.ts";
import { packedBytes, packItems, type BatchItem } from "../../../shared/batch/items.ts";

/** Items that travel together, packed. */
export interface Chunk {
  readonly items: number;
  readonly packed: Buffer;
  readonly hasCustomIds: boolean;
}

/** Bytes that a chunk has at most, unless a single item has more. */
const CHUNK_BYTES_MAX = 1024 * 1024;

/** Of a chunk that fills a tensor batch already: what travels in one turn with others. */
const LONG_CHUNK_BYTES_MAX = PACK_BYTES_MAX;

/** Gathers items into chunks, in their order. Holds one chunk at a time. */
export class Chunker {
  readonly #batchRows: number;
  readonly #rowsMax: number;
  #items: BatchItem[] = [];
  #bytes = 0;

  /**
   * @param batchRows rows of a tensor batch
   * @param rowsMax most items of a chunk
   */
  constructor(batchRows: number, rowsMax: number) {
    this.#batchRows = batchRows;
    this.#rowsMax = rowsMax;
  }

  /** @returns the chunk that was full before it, if it was */
  add(item: BatchItem): Chunk | undefined {
    const bytes = packedBytes(item);
    const full = this.#hasRoom(bytes) ? undefined : this.flush();
    this.#items.push(item);
    this.#bytes += bytes;
    return full;
  }

  #hasRoom(bytes: number): boolean {
    const { length } = this.#items;
    const bytesMax = length < this.#batchRows ? CHUNK_BYTES_MAX : LONG_CHUNK_BYTES_MAX;
    return length < this.#rowsMax && this.#bytes + bytes <= bytesMax;
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
