import type { Estimate } from "./bounds.ts";
import type { Counters } from "./counters.ts";
import { latencyRatio, type LatencyRatio } from "./latency.ts";
import { sizeOf } from "./pair.ts";
import { pairedShares, shareOf, type PairedShares } from "./shares.ts";

/** How often an equal candidate may be called worse, however often somebody looks. */
const FALSE_ALARMS = 0.01;

/** Of either end of each interval: an alarm can come from any of the four figures. */
const DOUBT = FALSE_ALARMS / 4;

/** Probability with which an interval holds the truth at all times. */
export const CONFIDENCE = 1 - 2 * DOUBT;

/** What counters say; a figure without pairs is undefined. */
export interface Figures {
  readonly pairs: number;
  readonly failures: PairedShares | undefined;
  /** Of the pairs whose truth is known. */
  readonly errors: PairedShares | undefined;
  /** Of the pairs in which neither side failed. */
  readonly agreement:
    (Estimate & { readonly pairs: number; readonly meanDifference: number }) | undefined;
  readonly latency: LatencyRatio | undefined;
}

export function figuresOf({ failed, wrong, agreed, differences, ranMs }: Counters): Figures {
  const pairs = sizeOf(failed);
  const compared = failed.neither;
  return {
    pairs,
    failures: pairs === 0 ? undefined : pairedShares(failed, DOUBT),
    errors: sizeOf(wrong) === 0 ? undefined : pairedShares(wrong, DOUBT),
    agreement:
      compared === 0
        ? undefined
        : {
            ...shareOf(agreed, compared, DOUBT),
            pairs: compared,
            meanDifference: differences / compared,
          },
    latency: latencyRatio(ranMs, DOUBT),
  };
}
