import type { JobMetrics, Outcome } from "../../shared/job/outcome.ts";

/** Ends of jobs of a pack that stand side by side and share their metrics: they are settled as one. */
export interface EndedTogether {
  /** Index of the first job. */
  readonly first: number;
  readonly outcomes: readonly Outcome[];
}

/**
 * As few segments as say it all. Most packs run in one tensor batch and end in one segment; a job that
 * had ended before, or ends later than its neighbours, parts them.
 *
 * @param ended by index of the job
 */
export function segmentsOf(ended: ReadonlyMap<number, Outcome>): readonly EndedTogether[] {
  const segments: { first: number; outcomes: Outcome[] }[] = [];
  for (const [index, outcome] of [...ended].toSorted(([a], [b]) => a - b)) {
    const last = segments.at(-1);
    const joins =
      last !== undefined &&
      last.first + last.outcomes.length === index &&
      isSame(last.outcomes[0]?.metrics, outcome.metrics);
    if (joins) last.outcomes.push(outcome);
    else segments.push({ first: index, outcomes: [outcome] });
  }
  return segments;
}

function isSame(a: JobMetrics | undefined, b: JobMetrics | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
