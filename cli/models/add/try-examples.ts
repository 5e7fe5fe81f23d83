import type { Manifest } from "../../../shared/model/manifest.ts";
import type { Finding } from "../check/finding.ts";
import { contentOf, isWritten, jsonText, type Example } from "./example.ts";
import type { Draft } from "./folder.ts";
import { goldenOf, type Observed } from "./golden.ts";
import { tryInCompany } from "./in-company.ts";
import { draftVersion, tryExample } from "./try-example.ts";

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
