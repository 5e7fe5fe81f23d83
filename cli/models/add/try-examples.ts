import { type Manifest, contractOf } from "../../../shared/model/manifest.ts";
import type { Finding } from "../check/finding.ts";
import { contentOf, isWritten, jsonText, type Example } from "./example.ts";
import type { Draft } from "./folder.ts";
import { goldenOf, type Observed } from "./golden.ts";
import { draftVersion, tryExample, rowOf } from "./try-example.ts";
import type { ModelVersion } from "../../../shared/model/registry.ts";
import { RunnerDied } from "../../../worker/score/runner-process.ts";
import { compareInCompany } from "../check/neighbours.ts";
import { Trial, type TrialRow } from "../check/trial.ts";

/** Inputs to try a version with. */
export interface Examples {
  readonly example: Example;
  /** Whether the example is the person's own. */
  readonly isGiven: boolean;
  /** Made up, and unlike the example; null where nothing could be. */
  readonly companion: Example | null;
}

/** What came of them. */
export interface TriedExamples {
  readonly observed: readonly [Observed, ...Observed[]];
  readonly findings: readonly Finding[];
}

/**
 * Runs the example alone and then beside its companion.
 *
 * @param folder of the draft, with its manifest in it
 * @throws {CommandError} when the example fails
 */
export async function tryExamples(
  folder: string,
  manifest: Manifest,
  { example, isGiven, companion }: Examples,
): Promise<TriedExamples> {
  const version = draftVersion(folder, manifest);
  const output = await tryExample(version, example);
  const first = { example, output, isGiven };
  if (companion === null) return { observed: [first], findings: [] };
  const company = await tryInCompany(version, [example, companion]);
  if (company === null) return { observed: [first], findings: [] };
  const second = { example: companion, output: company.output, isGiven: false };
  return { observed: [first, second], findings: company.findings };
}

/** Writes the example and `golden.json`, unless they are too large for a folder that people read. */
export async function writeGoldens(draft: Draft, { observed }: TriedExamples): Promise<void> {
  const [first] = observed;
  if (!isWritten(first.example)) return;
  const written = observed.filter(({ example }) => isWritten(example));
  for (const { example } of written) {
    // Of JSON, the first is for people to send; `golden.json` holds them all.
    const isFile = example === first.example || example.kind === "body";
    if (isFile) await draft.write(example.file, contentOf(example));
  }
  await draft.write("golden.json", jsonText(goldenOf(written)));
}

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
