import { hash } from "node:crypto";

/** Slots that are filled at most, of all there are. */
const LOAD_MAX = 0.5;
const SLOTS_AT_FIRST = 1024;

/**
 * The custom ids that a batch has so far, as 64-bit digests: 16 to 32 bytes each, whatever their
 * length. Two different ids among five million look alike with a probability below 1e-6 (birthday
 * bound n²/2^65); such a one would be refused as a duplicate.
 */
export class CustomIds {
  #slots = new BigUint64Array(SLOTS_AT_FIRST);
  #count = 0;

  /** @returns false when it was there already */
  add(customId: string): boolean {
    if (this.#count >= this.#slots.length * LOAD_MAX) this.#grow();
    const digest = hash("sha256", customId, "buffer").readBigUInt64LE(0) | 1n;
    const added = put(this.#slots, digest);
    if (added) this.#count += 1;
    return added;
  }

  #grow(): void {
    const larger = new BigUint64Array(this.#slots.length * 2);
    for (const digest of this.#slots) if (digest !== 0n) put(larger, digest);
    this.#slots = larger;
  }
}

/** Open addressing; an empty slot is 0, which no digest is. */
function put(slots: BigUint64Array, digest: bigint): boolean {
  let slot = Number((digest >> 1n) & BigInt(slots.length - 1));
  while (slots[slot] !== 0n) {
    if (slots[slot] === digest) return false;
    slot = (slot + 1) % slots.length;
  }
  slots[slot] = digest;
  return true;
}
