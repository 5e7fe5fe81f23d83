const FIRST = 65_536;

/**
 * Bytes that come in pieces, put together as they come: pieces kept by themselves cost a hundred times
 * what is in them when a client sends byte by byte.
 */
export class GatheredBytes {
  #bytes = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#bytes.length) this.#grow(length);
    this.#bytes.set(piece, this.#length);
    this.#length = length;
  }

  /** What came so far, which is handed over: the next piece begins anew. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
    return bytes;
  }

  #grow(length: number): void {
    const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#bytes.length, FIRST));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
