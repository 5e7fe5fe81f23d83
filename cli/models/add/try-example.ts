import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandError } from "../../terminal/command.ts";
import { TOKENEXP } from "../check/tokenizer.ts";
import { ScoringError } from "../../../shared/error.ts";
import { contractOf, runRowsOf, type Manifest } from "../../../shared/model/manifest.ts";
import { smallestSizes } from "../../../shared/model/tensor/dimensions.ts";
import { LoadFailed, RunnerDied } from "../../../worker/score/runner-died.ts";
import type { Trial, TrialRow } from "../check/trial.ts";
import type { Example } from "./example.ts";

/** How many rows the second run has: more than one, and few enough for any memory. */
const ROWS = 3;

/**
 * Loads and runs a version as a worker would: in a runner's process, with one row and then with
 * several, and holds the output to what the manifest promises.
 *
 * @param folder of the draft, with its manifest in it
 * @returns the output
 * @throws {CommandError} when any of it fails, with the reason
 */
export async function tryExample(
  trial: Trial,
  row: TrialRow,
  folder: string,
  manifest: Manifest,
): Promise<unknown> {
  try {
    const [tried] = (await trial.run([row])).results;
    if (tried?.failure !== undefined) throw new CommandError(tried.message);
    assertFits(tried?.output, manifest);
    if (runRowsOf(manifest) > 1 && manifest.warmup.batch_sizes.length > 0)
      await loadWithSeveral(trial, folder, manifest);
    return tried?.output;
  } catch (error) {
    throw explained(error, manifest);
  }
}

/**
 * Warms up with several rows. A run would not tell: one that fails is done again in halves, and so
 * row by row in the end, which answers rightly and is slow.
 */
async function loadWithSeveral(trial: Trial, folder: string, manifest: Manifest): Promise<void> {
  const path = join(folder, "manifest.json");
  const written = await readFile(path);
  try {
    const warmup = { batch_sizes: [ROWS] };
    await writeFile(path, JSON.stringify({ ...manifest, warmup }));
    await trial.load(`${ROWS} rows`);
  } catch (error) {
    if (!(error instanceof LoadFailed)) throw error;
    throw new CommandError(
      `It runs with one row, but not with ${ROWS}: something in the graph is fixed to one.
${error.message}
Export it with a batch of two or more as example, or have it run row by row:
  --max-batch-size 1`,
      { cause: error },
    );
  } finally {
    await writeFile(path, written);
  }
}

/** The bytes that a runner reads. @throws {CommandError} when the example is no input of the model */
export function rowOf(example: Example, manifest: Manifest): Buffer {
  const contract = contractOf(manifest);
  try {
    if (example.json === undefined) return contract.rowOfBody(example.content);
  } catch (error) {
    if (error instanceof ScoringError)
      throw new CommandError(`the example does not fit this model's input: ${error.message}`);
    throw error;
  }
  const parsed = contract.input.safeParse(example.json.input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `  /${path.join("/")} ${message}`);
  throw new CommandError(`the example does not fit this model's input\n${faults.join("\n")}`);
}

function assertFits(output: unknown, manifest: Manifest): void {
  const parsed = contractOf(manifest).output.safeParse(output);
  if (parsed.success) return;
  const [issue] = parsed.error.issues;
  const place = `/${issue?.path.join("/") ?? ""}`;
  const isScore =
    manifest.pipeline.type === "image-classification" && place.includes("probability");
  const remedy = isScore ? "\nThese are not probabilities: --activation softmax makes them so" : "";
  throw new CommandError(`its output does not fit, at ${place}: ${issue?.message}${remedy}`);
}

function explained(error: unknown, manifest: Manifest): unknown {
  if (error instanceof CommandError) return failed("It was tried, and failed", error);
  if (error instanceof LoadFailed) {
    return failed("It cannot be loaded", error, loadRemedy(error.message, manifest));
  }
  if (error instanceof RunnerDied) return failed("It ends the process that runs it", error);
  return error;
}

/** What may be the matter with a graph that does not load, or not run on blank rows. */
function loadRemedy(message: string, { inputs, dimensions }: Manifest): string {
  if (message.includes("construct locale")) {
    return `
It folds letters in a language that this machine lacks, and workers may. Install
it for all of them, or export the model with one that every machine has:
${TOKENEXP}`;
  }
  const sizes = [...smallestSizes(inputs, dimensions)].map(([name, size]) => `${name} ${size}`);
  const example = `
It was run with zeros; if it takes none, give it an input that it takes:
  --example input.json`;
  if (sizes.length === 0) return example;
  const [first] = smallestSizes(inputs, dimensions).keys();
  return `
It was run with ${sizes.join(", ")}; if that is too small, say what it can take:
  --dimensions ${first}=5..512${example}`;
}

function failed(what: string, cause: Error, remedy = ""): CommandError {
  return new CommandError(`${what}; nothing was written.\n${cause.message}${remedy}`, { cause });
}
