import { isDeepStrictEqual } from "node:util";
import type { Comparer } from "../../../shared/model/pipelines/compare.ts";
import { finderAt, type Finding } from "./finding.ts";
import type { Trial, TrialRow, TriedRow } from "./trial.ts";

/**
 * What float32 sums may be off when a kernel adds in another order for another batch size; a row
 * that is changed by its neighbours is off by far more.
 */
const TOLERANCE = { absolute: 1e-5, relative: 1e-5 } as const;

/** What came of running rows in company. */
export interface Neighbours {
  /** Batches that were run. */
  readonly batches: number;
  /** Rows that came out otherwise than alone in any of them. */
  readonly changed: number;
  /** Whether nothing was tested, since there are no two rows that differ. */
  readonly isUntested?: boolean;
  readonly findings: readonly Finding[];
}

/**
 * Runs rows in mixed batches and compares them with themselves alone.
 *
 * @param alone one per row, of runs with nothing else
 * @param size most rows of a batch
 * @throws {RunnerDied}
 */
export async function compareInCompany(
  trial: Trial,
  rows: readonly TrialRow[],
  alone: readonly TriedRow[],
  size: number,
): Promise<Neighbours> {
  const sound = rows.filter((_, i) => alone[i]?.failure === undefined);
  const [first] = sound;
  if (size < 2 || first === undefined) return { batches: 0, changed: 0, findings: [] };
  const outputs = new Map(rows.map((row, i) => [row, alone[i]?.output]));
  const twins = await trial.run([first, first]);
  if (twins.largestRun < 2) return { batches: 1, changed: 0, findings: [APART] };
  if (sound.every((row) => isTwin(row, first))) {
    return { batches: 0, changed: 0, isUntested: true, findings: [] };
  }
  const faults = new Map<string, string>();
  const batches = mixedBatches(sound, size);
  for (const batch of batches) {
    const { results } = await trial.run(batch);
    for (const [i, row] of batch.entries()) {
      const fault = faultOf(results[i], outputs.get(row), trial.compare);
      if (fault !== undefined && !faults.has(row.name)) faults.set(row.name, fault);
    }
  }
  return { batches: batches.length, changed: faults.size, findings: findingsOf(faults) };
}

/**
 * The rows as they come, backwards, and the shortest beside the longest, since padding to the
 * longest is how rows change each other most often.
 *
 * @param size most rows of a batch, 2 or more
 */
export function mixedBatches(
  rows: readonly TrialRow[],
  size: number,
): readonly (readonly TrialRow[])[] {
  const byLength = rows.toSorted((a, b) => a.row.length - b.row.length);
  const half = Math.ceil(byLength.length / 2);
  const long = byLength.slice(half).toReversed();
  const folded = byLength.slice(0, half).flatMap((short, i) => [short, ...long.slice(i, i + 1)]);
  return [rows, rows.toReversed(), folded].flatMap((order) => chunks(order, size));
}

function isTwin(a: TrialRow, b: TrialRow): boolean {
  return a.row.equals(b.row) && isDeepStrictEqual(a.parameters, b.parameters);
}

function chunks<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** How a row in company came out otherwise than alone. @returns undefined when it did not */
function faultOf(
  mixed: TriedRow | undefined,
  alone: unknown,
  compare: Comparer,
): string | undefined {
  if (mixed?.failure !== undefined) return `it fails (${mixed.failure})`;
  const { difference } = compare(mixed?.output, alone, TOLERANCE);
  return difference === undefined ? undefined : `${difference} alone`;
}

/** @param faults by the name of the row, the first one that was seen */
function findingsOf(faults: ReadonlyMap<string, string>): readonly Finding[] {
  const [first] = faults;
  if (first === undefined) return [];
  const [name, fault] = first;
  const more = faults.size === 1 ? "" : ` and ${faults.size - 1} more`;
  const found = finderAt("neighbours", `row "${name}"${more}`);
  const fix = `export without padding to the longest row and without figures of the
whole batch (torch: model.eval(); onnxruntime: quantize_static),
or run rows one by one, with "batching": { "max_batch_size": 1 } in the manifest;
a graph that draws random numbers gives other answers each time: export it without`;
  return [found("bad", `In a mixed batch: ${fault}.`, fix)];
}

const APART = finderAt("batch-dimension", "a batch of 2")(
  "bad",
  "The graph throws for two equal rows, and runs them one by one: something is fixed to one.",
  `torch: torch.onnx.export(model, args, ...) with args of two rows or more,
or run rows one by one, with "batching": { "max_batch_size": 1 } in the manifest`,
);
