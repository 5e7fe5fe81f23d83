import { meanOf, yesAndNo, type Estimate } from "./bounds.ts";
import { sizeOf, type BothSides, type PairedTable } from "./pair.ts";

/** How often something happened on either side, and how much more often on the candidate's. */
export interface PairedShares {
  readonly pairs: number;
  readonly sides: BothSides<Estimate>;
  /** The candidate's share without the live version's: from -1 to 1. */
  readonly excess: Estimate;
}

/** @param total above 0 */
export function shareOf(count: number, total: number, doubt: number): Estimate {
  return meanOf(yesAndNo(count, total), doubt);
}

/**
 * What happens on both sides says nothing of their difference, so pairs find one much earlier than
 * two samples would.
 *
 * @param table of one pair at least
 */
export function pairedShares(table: PairedTable, doubt: number): PairedShares {
  const { both, live, candidate, neither } = table;
  const pairs = sizeOf(table);
  const halves = meanOf(
    [
      { value: 1, count: candidate },
      { value: 0.5, count: both + neither },
      { value: 0, count: live },
    ],
    doubt,
  );
  return {
    pairs,
    sides: {
      live: shareOf(live + both, pairs, doubt),
      candidate: shareOf(candidate + both, pairs, doubt),
    },
    excess: {
      estimate: (candidate - live) / pairs,
      low: 2 * halves.low - 1,
      high: 2 * halves.high - 1,
    },
  };
}
