/** What a worker has in hand, in tensor batches. */
export interface Hand {
  readonly freeSlots: number;
  /** What waits for a slot; a part of one is a fraction. */
  readonly waiting: number;
  /** Something needs the whole worker to itself. */
  readonly hasExclusive: boolean;
  /** A slot is about to become free: its run was measured to be short. */
  readonly isSoonFree: boolean;
}

/** Against what fractions add up to. */
const EPSILON = 1e-6;

/**
 * Rows of a lane that a worker may take: what a free slot begins at once, for nobody should sit on
 * what another could begin. Where runs are short, one tensor batch more, so that a slot goes on
 * without waiting for a turn.
 *
 * @param rowsMax of one tensor batch; no more is taken at a time
 * @param isShort whether the lane's own runs were measured to be
 */
export function roomFor(hand: Hand, rowsMax: number, isShort: boolean): number {
  if (hand.hasExclusive) return 0;
  const batches = hand.freeSlots + (isShort && hand.isSoonFree ? 1 : 0) - hand.waiting;
  return Math.max(0, Math.floor(Math.min(1, batches) * rowsMax + EPSILON));
}
