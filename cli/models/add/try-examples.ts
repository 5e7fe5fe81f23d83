import { contractOf, runRowsOf, type Manifest } from "../../../shared/model/manifest.ts";
import type { Finding } from "../check/finding.ts";
import { isWritten, jsonText, type Example } from "./example.ts";
import type { Draft } from "./folder.ts";
import { goldenOf, type Observed } from "./golden.ts";
import { tryExample, rowOf } from "./try-example.ts";
import { RunnerDied } from "../../../worker/score/runner-died.ts";
import type { RunnerProcess } from "../../../worker/score/runner-process.ts";
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
 * @param runner that does it
 * @throws {CommandError} when the example fails
 */
export async function tryExamples(
  folder: string,
  manifest: Manifest,
  { example, isGiven, companion }: Examples,
  runner: RunnerProcess,
): Promise<TriedExamples> {
  const { name, version } = manifest;
  const row = rowFor(example, "1", manifest);
  const id = `${name}@${version}`;
  const draft = { id, name, version, folder, manifest, edition: "1", isArchived: false };
  await using trial = new Trial(draft, "cpu", runner);
  const output = await tryExample(trial, row, folder, manifest);
  const first = { example, output, isGiven };
  const alone = { observed: [first], findings: [] } as const;
  if (companion === null) return alone;
  const beside = rowFor(companion, "2", manifest);
  try {
    const [tried] = (await trial.run([beside])).results;
    // It was made up: when it fails alone, it tells nothing.
    if (tried === undefined || tried.failure !== undefined) return alone;
    const most = runRowsOf(manifest);
    const { findings } = await compareInCompany(trial, [row, beside], [{ output }, tried], most);
    const second = { example: companion, output: tried.output, isGiven: false };
    return { observed: [first, second], findings };
  } catch (error) {
    if (error instanceof RunnerDied) return alone;
    throw error;
  }
}

/** Writes the example and `golden.json`, unless they are too large for a folder that people read. */
export async function writeGoldens(draft: Draft, { observed }: TriedExamples): Promise<void> {
  const [first] = observed;
  if (!isWritten(first.example)) return;
  const written = observed.filter(({ example }) => isWritten(example));
  for (const { example } of written) {
    // Of JSON, the first is for people to send; `golden.json` holds them all.
    const isFile = example === first.example || example.json === undefined;
    if (isFile) await draft.write(example.file, example.content);
  }
  await draft.write("golden.json", jsonText(goldenOf(written)));
}

function rowFor(example: Example, name: string, manifest: Manifest): TrialRow {
  const parameters = contractOf(manifest).parameters.parse({});
  return { name, row: rowOf(example, manifest), parameters };
}
