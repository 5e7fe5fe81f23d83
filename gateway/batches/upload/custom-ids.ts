import { randomBytes } from "node:crypto";
import { HalfSipHash } from "./half-sip-hash.ts";

/** Slots that are filled at most, of all there are. */
const LOAD_MAX = 0.5;
const SLOTS_AT_FIRST = 1024;

/**
 * The custom ids that a batch has so far, as 64-bit digests: 16 to 32 bytes each, whatever their
 * length. Two different ids among five million look alike with a probability below 1e-6 (birthday
 * bound n²/2^65); such a one would be refused as a duplicate. The digests have a key of their own.
 */
export class CustomIds {
  readonly #hash: HalfSipHash;
  #slots = new Slots(SLOTS_AT_FIRST);
  #count = 0;

  constructor() {
    const key = randomBytes(8);
    this.#hash = new HalfSipHash([key.readInt32LE(0), key.readInt32LE(4)]);
  }

  /** @param customId as UTF-8, where that is at hand @returns false when it was there already */
  add(customId: string | Uint8Array): boolean {
    if (this.#count >= this.#slots.size * LOAD_MAX) this.#slots = this.#slots.doubled();
    this.#hash.hash(typeof customId === "string" ? Buffer.from(customId) : customId);
    const added = this.#slots.put(this.#hash.low, this.#hash.high | 1);
    if (added) this.#count += 1;
    return added;
  }
}

/** Open addressing; an empty slot has 0 for its high half, which no digest has. */
class Slots {
  /** A power of two. */
  readonly size: number;
  readonly #halves: Int32Array;

  constructor(size: number) {
    this.size = size;
    this.#halves = new Int32Array(2 * size);
  }

  put(low: number, high: number): boolean {
    const [halves, mask] = [this.#halves, this.size - 1];
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const found = halves[2 * slot + 1];
      if (found === 0) {
        halves[2 * slot] = low;
        halves[2 * slot + 1] = high;
        return true;
      }
      if (found === high && halves[2 * slot] === low) return false;
    }
  }

  doubled(): Slots {
    const larger = new Slots(2 * this.size);
    for (let slot = 0; slot < this.size; slot += 1) {
      const high = this.#halves[2 * slot + 1] ?? 0;
      if (high !== 0) larger.put(this.#halves[2 * slot] ?? 0, high);
    }
    return larger;
  }
}
