import type { Verdict } from "./verdict.ts";

/**
 * The share that a candidate gets next: a step up while it is as good, all back when it is worse.
 *
 * @param steps in percent, rising
 * @param share what it has now, in percent; may be between steps, or 0
 */
export function nextShare(steps: readonly number[], share: number, verdict: Verdict): number {
  switch (verdict) {
    case "worse":
      return 0;
    case "undecided":
      return share;
    case "better":
    case "same":
      return steps.find((step) => step > share) ?? share;
  }
}
