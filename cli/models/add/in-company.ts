import type { Manifest } from "../../../shared/model/manifest.ts";
import type { ModelVersion } from "../../../shared/model/registry.ts";
import { contractOf } from "../../../shared/model/schema.ts";
import { RunnerDied } from "../../../worker/score/runner-process.ts";
import type { Finding } from "../check/finding.ts";
import { compareInCompany } from "../check/neighbours.ts";
import { Trial, type TrialRow } from "../check/trial.ts";
import type { Example } from "./example.ts";
import { rowOf } from "./try-example.ts";

/** What came of a second input beside the first. */
export interface Company {
  /** Of the second input alone. */
  readonly output: unknown;
  /** How rows change each other, if they do. */
  readonly findings: readonly Finding[];
}

/**
 * Runs two inputs alone and then together, after the first was tried.
 *
 * @returns null when the second, which was made up, fails alone: then it tells nothing
 */
export async function tryInCompany(
  version: ModelVersion,
  examples: readonly [Example, Example],
): Promise<Company | null> {
  const { manifest } = version;
  const rows = examples.map((example, i) => rowFor(example, `${i + 1}`, manifest));
  await using trial = new Trial(version);
  try {
    const alone = [];
    for (const row of rows) alone.push(...(await trial.run([row])).results);
    const [, second] = alone;
    if (second === undefined || second.failure !== undefined) return null;
    const most = manifest.batching.max_batch_size;
    const { findings } = await compareInCompany(trial, rows, alone, most);
    return { output: second.output, findings };
  } catch (error) {
    if (error instanceof RunnerDied) return null;
    throw error;
  }
}

function rowFor(example: Example, name: string, manifest: Manifest): TrialRow {
  const parameters = contractOf(manifest).parameters.parse({});
  return { name, row: rowOf(example, manifest), parameters };
}
