import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDtype } from "../../../shared/model/tensor/element.ts";
import type { Questions } from "../../terminal/questions.ts";
import { CommandError } from "../../terminal/command.ts";
import { tensorNames, type Probed, type Prober } from "../check/observe.ts";
import { externalFiles } from "../onnx/external-files.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import { unpackedOutputs, unpackOutputs, type Unpacked } from "../onnx/plain-outputs.ts";
import { modelOf } from "../onnx/read-model.ts";

/** A graph to serve, and what was done to the file that it comes from. */
export interface PlainCopy extends AsyncDisposable {
  readonly model: OnnxModel;
  /** For people: what was changed, and how that was tried; empty when nothing was. */
  readonly notes: readonly string[];
  /** Names of the outputs to serve, where some were chosen: those of a sequence are now several. */
  readonly chosen: readonly string[] | undefined;
}

/** Inputs that the two graphs are compared on. */
const SEEDS = [1, 2, 3];
const ROWS = 4;

/**
 * The model itself, or, where outputs are maps or sequences and the person agrees, a copy of it that gives
 * the tensors they are made of. The copy is gone with `Symbol.asyncDispose`.
 *
 * @throws {CommandError} when the copy answers otherwise than the file
 */
export async function plainCopy(
  model: OnnxModel,
  {
    chosen,
    questions,
    prober,
  }: {
    readonly chosen: readonly string[] | undefined;
    readonly questions: Questions;
    readonly prober: Prober;
  },
): Promise<PlainCopy> {
  const same = { model, notes: [], chosen, [Symbol.asyncDispose]: async () => Promise.resolve() };
  const unpacked = unpackedOutputs(model, chosen);
  const isBeyond = externalFiles(model).size > 0;
  if (unpacked === null || unpacked.length === 0 || isBeyond) return same;
  const names = unpacked.map(({ output, operator }) => `${output} (${operator})`).join(", ");
  const text = `Only tensors can be served, and these are none: ${names}.
Serve a copy of the graph that returns the tensors which they are made of?`;
  if (!(await questions.agrees("plain-outputs", text))) return same;
  const folder = await mkdtemp(join(tmpdir(), "scoreline-plain-"));
  const dispose = async (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const copy = await written(model, unpacked, join(folder, "model.onnx"));
    const tried = await compared(model, copy, prober);
    const notes = [
      `Changed when it was added: ${names} removed, so that outputs are tensors. ${tried}`,
    ];
    return {
      model: copy,
      notes,
      chosen: chosenOf(chosen, unpacked),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function written(
  model: OnnxModel,
  unpacked: readonly Unpacked[],
  path: string,
): Promise<OnnxModel> {
  const bytes = unpackOutputs(await readFile(model.path), model, unpacked);
  await writeFile(path, bytes);
  const classNames = new Map(unpacked.map(({ output, classes }) => [output, classes]));
  return { ...modelOf(bytes, path), classNames };
}

function chosenOf(
  chosen: readonly string[] | undefined,
  unpacked: readonly Unpacked[],
): readonly string[] | undefined {
  return chosen?.flatMap(
    (name) =>
      unpacked.find(({ output }) => output === name)?.tensors.map((it) => it.name) ?? [name],
  );
}

/**
 * Runs both on the same inputs, and compares the outputs that onnxruntime-node can return of both: not
 * the maps themselves.
 *
 * @returns what was compared, as a sentence
 */
async function compared(model: OnnxModel, copy: OnnxModel, prober: Prober): Promise<string> {
  const shared = tensorNames(model.graph.outputs);
  const list = shared.map((name) => `"${name}"`).join(", ");
  if (shared.length === 0) return "There is no other output by which to compare it.";
  const before = await answersOf(model, shared, prober);
  const after = await answersOf({ ...model, path: copy.path }, shared, prober);
  const changed = shared.find((_, i) =>
    before.some(({ outputs }, run) => outputs[i]?.digest !== after[run]?.outputs[i]?.digest),
  );
  if (changed === undefined) {
    return before.some(({ outputs }) => outputs.length > 0)
      ? `On ${SEEDS.length} made-up inputs ${list} is the original's, bit for bit.`
      : "It could not be compared: the original did not run on made-up inputs.";
  }
  throw new CommandError(
    `Without maps and sequences, "${changed}" is no longer what ${model.path} answers; nothing was written.`,
  );
}

async function answersOf(
  { path, graph }: OnnxModel,
  outputs: readonly string[],
  prober: Prober,
): Promise<readonly Probed[]> {
  const inputs = graph.inputs.flatMap(({ name, type }) => {
    if (type.kind !== "tensor" || type.dims === null || !isDtype(type.dtype)) return [];
    const dims = type.dims.map((dim) => (typeof dim === "number" ? dim : ROWS));
    return [{ name, dtype: type.dtype, dims }];
  });
  const results: Probed[] = [];
  for (const seed of SEEDS) results.push(await prober.probe(path, { inputs, outputs, seed }));
  return results;
}
