import type { JobClass } from "../../shared/lane.ts";

/** What a worker has in hand, in tensor batches. */
export interface Hand {
  readonly freeSlots: number;
  /** What waits for a slot and goes before work of a class, or is of it; a part of one is a fraction. */
  readonly waiting: Readonly<Record<JobClass, number>>;
  /** Something needs the whole worker to itself. */
  readonly hasExclusive: boolean;
  /** A slot is about to become free: its run was measured to be short. */
  readonly isSoonFree: boolean;
}

export interface RoomyLane {
  readonly class: JobClass;
  readonly rowsMax: number;
  readonly isShort: boolean;
}

/** Against what fractions add up to. */
const EPSILON = 1e-6;

/**
 * Rows of a lane that a worker may take: what a free slot begins at once, for nobody should sit on
 * what another could begin. Where runs are short, one tensor batch more, so that a slot goes on
 * without waiting for a turn.
 *
 * @param lane.rowsMax of one tensor batch; no more is taken at a time
 * @param lane.isShort whether its own runs were measured to be
 */
export function roomFor(hand: Hand, lane: RoomyLane): number {
  if (hand.hasExclusive) return 0;
  const slots = hand.freeSlots + (lane.isShort && hand.isSoonFree ? 1 : 0);
  const batches = Math.min(1, slots - hand.waiting[lane.class]);
  return Math.max(0, Math.floor(batches * lane.rowsMax + EPSILON));
}
