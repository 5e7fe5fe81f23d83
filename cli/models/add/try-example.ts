import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandError } from "../../terminal/command.ts";
import { TOKENEXP } from "../check/tokenizer.ts";
import { ScoringError } from "../../../shared/error.ts";
import { type Manifest, contractOf } from "../../../shared/model/manifest.ts";
import type { ModelVersion } from "../../../shared/model/registry.ts";
import { smallestSizes } from "../../../shared/model/tensor/dimensions.ts";
import { LoadFailed, RunnerDied, RunnerProcess } from "../../../worker/score/runner-process.ts";
import { commandHost } from "../command-host.ts";
import type { Example } from "./example.ts";

/** How many rows the second run has: more than one, and few enough for any memory. */
const ROWS = 3;

/** As the version that it will be, of the folder that it is in now, with its manifest in it. */
export function draftVersion(folder: string, manifest: Manifest): ModelVersion {
  const { name, version } = manifest;
  return { id: `${name}@${version}`, name, version, folder, manifest, edition: "1" };
}

/**
 * Loads and runs a version as a worker would: in a runner's process, with one row and then with
 * several, and holds the output to what the manifest promises.
 *
 * @returns the output
 * @throws {CommandError} when any of it fails, with the reason
 */
export async function tryExample(version: ModelVersion, example: Example): Promise<unknown> {
  const { manifest } = version;
  const row = rowOf(example, manifest);
  const runner = new RunnerProcess(commandHost());
  try {
    const { failures, outputs } = await runner.run({
      version,
      rows: [row],
      parameters: [contractOf(manifest).parameters.parse({})],
      timeoutMs: manifest.run_timeout_ms,
    });
    const [failure] = failures;
    if (failure) throw new CommandError(failure.message);
    const output = checked(outputs[0] ?? Buffer.alloc(0), manifest);
    if (manifest.batching.max_batch_size > 1) await loadWithSeveral(runner, version);
    return output;
  } catch (error) {
    throw explained(error, manifest);
  } finally {
    runner.kill();
    await runner.gone;
  }
}

/**
 * Warms up with several rows. A run would not tell: one that fails is done again in halves, and so
 * row by row in the end, which answers rightly and is slow.
 */
async function loadWithSeveral(runner: RunnerProcess, version: ModelVersion): Promise<void> {
  const { folder, manifest } = version;
  const path = join(folder, "manifest.json");
  const written = await readFile(path);
  try {
    const warmup = { batch_sizes: [ROWS] };
    await writeFile(path, JSON.stringify({ ...manifest, warmup }));
    await runner.load({ ...version, edition: `${ROWS} rows` });
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
    if (example.kind === "body") return contract.rowOfBody(example.body);
  } catch (error) {
    if (error instanceof ScoringError)
      throw new CommandError(`the example does not fit this model's input: ${error.message}`);
    throw error;
  }
  const parsed = contract.input.safeParse(example.input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `  /${path.join("/")} ${message}`);
  throw new CommandError(`the example does not fit this model's input\n${faults.join("\n")}`);
}

function checked(json: Buffer, manifest: Manifest): unknown {
  const output: unknown = JSON.parse(json.toString());
  const parsed = contractOf(manifest).output.safeParse(output);
  if (parsed.success) return output;
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
  if (sizes.length === 0) return "";
  const [first] = smallestSizes(inputs, dimensions).keys();
  return `
It was run with ${sizes.join(", ")}; if that is too small, say what it can take:
  --dimensions ${first}=5..512`;
}

function failed(what: string, cause: Error, remedy = ""): CommandError {
  return new CommandError(`${what}; nothing was written.\n${cause.message}${remedy}`, { cause });
}
