import { BUCKETS } from "./definition.ts";

/** Buckets one behind the other that belong to a variant; all runs together have 10,000. */
export interface Run {
  readonly variant: string;
  readonly count: number;
}

export type Buckets = readonly Run[];

/**
 * Gives each variant as many buckets as it is to have, and moves only those that must move: a variant
 * gives up no more than it has too many, and one that keeps or grows keeps all of its own. So whoever
 * comes with an affinity changes to another variant only when his own has shrunk.
 *
 * @param before in use until now; none for a new endpoint
 * @param wanted buckets of each variant, 10,000 together
 */
export function reassigned(before: Buckets, wanted: ReadonlyMap<string, number>): Buckets {
  const missing = new Map(wanted);
  const kept = (before.length === 0 ? [{ variant: "", count: BUCKETS }] : before).flatMap((run) =>
    splitAt(run, missing),
  );
  return merged(kept.flatMap((run) => (run.variant === "" ? filled(run.count, missing) : [run])));
}

/** What a run keeps, and behind it what it gives up, which is nobody's. @param missing is counted down */
function splitAt({ variant, count }: Run, missing: Map<string, number>): Run[] {
  const left = missing.get(variant) ?? 0;
  const own = Math.min(count, left);
  if (own > 0) missing.set(variant, left - own);
  return [
    { variant, count: own },
    { variant: "", count: count - own },
  ];
}

/** @param missing is counted down */
function filled(count: number, missing: Map<string, number>): Run[] {
  const runs: Run[] = [];
  let free = count;
  for (const [variant, wanted] of missing) {
    const given = Math.min(free, wanted);
    if (given === 0) continue;
    runs.push({ variant, count: given });
    missing.set(variant, wanted - given);
    free -= given;
  }
  return runs;
}

function merged(runs: readonly Run[]): Buckets {
  const all: Run[] = [];
  for (const run of runs) {
    const last = all.at(-1);
    if (run.count === 0) continue;
    if (last?.variant === run.variant) {
      all[all.length - 1] = { ...last, count: last.count + run.count };
    } else all.push(run);
  }
  return all;
}

/** Whose it is. @param bucket 0..9999 */
export function variantAt(buckets: Buckets, bucket: number): string {
  let end = 0;
  for (const { variant, count } of buckets) {
    end += count;
    if (bucket < end) return variant;
  }
  throw new RangeError(`no bucket ${bucket}`);
}
