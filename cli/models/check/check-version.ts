import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { runRowsOf } from "../../../shared/model/manifest.ts";
import { schemaError } from "../../../shared/model/faults.ts";
import { modelFilePath, pullCommand, type ModelVersion } from "../../../shared/model/registry.ts";
import { fileFault, fileState } from "../file-state.ts";
import type { TensorSettings } from "../../../shared/model/tensor/settings.ts";
import { RunnerProcess } from "../../../worker/score/runner-process.ts";
import { commandHost } from "../command-host.ts";
import { externalFiles } from "../onnx/external-files.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import { readModel } from "../onnx/read-model.ts";
import { observe, type Observation } from "./observe.ts";
import { readGoldens, type Goldens } from "../goldens.ts";
import type { Finding } from "./finding.ts";
import { lint } from "./lint.ts";
import type { Report } from "./report.ts";
import { runGoldens, type TryOptions } from "./run-goldens.ts";
import { messageOf } from "../../../shared/message-of.ts";

/** Lints a version's graph, loads it, and, where it has goldens, runs and measures it. */
export async function checkVersion(version: ModelVersion, options: TryOptions): Promise<Report> {
  const { id: subject, manifest } = version;
  const ofFile = await fileFinding(version);
  if (ofFile !== undefined) return { subject, findings: [ofFile] };
  const { model, apart } = await seenIn(version);
  const maxBatchSize = runRowsOf(manifest);
  const weights = manifest.file.weights.map(({ path }) => path);
  const ofGraph = lint(model, { maxBatchSize, weights, apart });
  const { goldens, findings: ofGoldens } = goldensOf(version);
  const tried = await runGoldens(version, goldens, options);
  return { subject, ...tried, findings: [...ofGraph, ...ofGoldens, ...tried.findings] };
}

/**
 * Lints a graph that is no version yet, and runs it with made-up values to see its outputs.
 *
 * @throws {CommandError} when the file is no ONNX model
 */
export async function checkFile(path: string): Promise<Report> {
  const file = await readModel(path);
  const served = file.graph.outputs.map(({ name }) => name);
  const { model, apart } = await observed(file, { served });
  const weights = [...externalFiles(file).keys()].filter((name) =>
    existsSync(join(dirname(path), name)),
  );
  return { subject: path, findings: lint(model, { maxBatchSize: undefined, weights, apart }) };
}

/** The graph of a version with the outputs that it serves, as they are when it runs. */
async function seenIn(version: ModelVersion): Promise<Observation> {
  const file = await readModel(modelFilePath(version));
  const { inputs, outputs, dimensions, batching } = version.manifest;
  const served = outputs.map(({ name }) => name);
  const graphOutputs = file.graph.outputs.filter(({ name }) => served.includes(name));
  const model = { ...file, graph: { ...file.graph, outputs: graphOutputs } };
  // Row by row, an output is what it is.
  if (batching.max_batch_size === 1) return { model, apart: new Map(), hasRun: false };
  return observed(withDims(model, inputs), { served, ranges: dimensions });
}

/** The graph with the names of dimensions that its manifest has. */
function withDims({ graph, ...model }: OnnxModel, tensors: readonly TensorSettings[]): OnnxModel {
  const inputs = graph.inputs.map((value) => {
    const { name, type } = value;
    const shape = tensors.find((tensor) => tensor.name === name)?.shape;
    if (type.kind !== "tensor" || shape?.length !== type.dims?.length) return value;
    return { name, type: { ...type, dims: shape ?? null } };
  });
  return { ...model, graph: { ...graph, inputs } };
}

async function observed(
  model: OnnxModel,
  what: Parameters<typeof observe>[2],
): Promise<Observation> {
  const runner = new RunnerProcess(commandHost());
  try {
    return await observe(runner, model, what);
  } finally {
    runner.kill();
    await runner.gone;
  }
}

/** Of what cannot be checked, since its manifest cannot be believed. */
export function faultyReport(subject: string, faults: readonly string[]): Report {
  const fix = "the members of manifests are in docs/models.md";
  const about = { level: "bad", rule: "manifest", place: "manifest.json", fix } as const;
  return { subject, findings: faults.map((why) => ({ ...about, why })) };
}

async function fileFinding(version: ModelVersion): Promise<Finding | undefined> {
  const place = version.manifest.file.path;
  switch (await fileState(version)) {
    case "ready":
      return undefined;
    case "not pulled": {
      const why = "The file is not here, so nothing was checked.";
      return { level: "note", rule: "file", place, why, fix: pullCommand(version) };
    }
    case "damaged": {
      const { path, why: said } = (await fileFault(version)) ?? { path: place, why: "it changes" };
      const why = `It is missing, or not the one that the manifest names: ${said}.`;
      const fix = "put back the file that the manifest names, or add the version anew";
      return { level: "bad", rule: "file", place: path, why, fix };
    }
  }
}

function goldensOf(version: ModelVersion): {
  readonly goldens: Goldens | undefined;
  readonly findings: readonly Finding[];
} {
  const about = { rule: "golden", place: "golden.json" } as const;
  const like = "as models/wine/1/golden.json";
  try {
    const goldens = readGoldens(version);
    if (goldens !== undefined) return { goldens, findings: [] };
    const why = "There is none: no output was compared, and no speed measured.";
    const fix = `write inputs and the outputs they must give, ${like}`;
    return { goldens, findings: [{ ...about, level: "note", why, fix }] };
  } catch (error) {
    const why = `It cannot be used: ${reasonOf(error).replaceAll(/\s+/g, " ").slice(0, 300)}`;
    const fix = `inputs as clients send them, ${like}`;
    return { goldens: undefined, findings: [{ ...about, level: "bad", why, fix }] };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return schemaError(error, "").message;
  return messageOf(error);
}
