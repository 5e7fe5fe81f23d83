import type { LaneClass } from "../../shared/lane.ts";

/** What a worker has in hand, in tensor batches. */
export interface Hand {
  readonly freeSlots: number;
  /** What waits for a slot and goes before work of a class, or is of it; a part of one is a fraction. */
  readonly waiting: Readonly<Record<LaneClass, number>>;
  /** Tensor batches of shadows that run. */
  readonly runningShadows: number;
  /** Something needs the whole worker to itself. */
  readonly hasExclusive: boolean;
  /** A slot is about to become free: its run was measured to be short. */
  readonly isSoonFree: boolean;
}

export interface RoomyLane {
  readonly class: LaneClass;
  readonly rowsMax: number;
  readonly isShort: boolean;
}

/** Against what fractions add up to. */
const EPSILON = 1e-6;

export interface Room {
  /** Rows that the next turn may take: no more than one tensor batch. */
  readonly rows: number;
  /** Rows that turns may take until the worker is full. */
  readonly all: number;
}

/**
 * Rows of a lane that a worker may take: what a free slot begins at once, for nobody should sit on
 * what another could begin. Where runs are short, one tensor batch more, so that a slot goes on
 * without waiting for a turn. Shadows run one tensor batch at a time: other slots are left to whoever
 * waits for an answer.
 *
 * @param lane.rowsMax of one tensor batch
 * @param lane.isShort whether its own runs were measured to be
 */
export function roomFor(hand: Hand, lane: RoomyLane): Room {
  if (hand.hasExclusive) return { rows: 0, all: 0 };
  const slots =
    lane.class === "shadow"
      ? Math.min(hand.freeSlots, 1 - hand.runningShadows)
      : hand.freeSlots + (lane.isShort && hand.isSoonFree ? 1 : 0);
  const batches = slots - hand.waiting[lane.class];
  const all = Math.max(0, Math.floor(batches * lane.rowsMax + EPSILON));
  return { rows: Math.min(lane.rowsMax, all), all };
}
