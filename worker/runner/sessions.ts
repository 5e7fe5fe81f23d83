import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { manifestSchema, type Manifest } from "../../shared/model/manifest.ts";
import { checkModelFile } from "./check-file.ts";
import type { FromRunner } from "./messages.ts";
import { imageClassification } from "./pipeline/image-classification.ts";
import type { Pipeline, Tensors } from "./pipeline/pipeline.ts";
import { fromOrt, toOrt } from "./ort-tensor.ts";
import { script } from "./pipeline/script.ts";
import { tabular } from "./pipeline/tabular.ts";
import { tensorPipeline } from "./pipeline/tensor.ts";
import { textMatch } from "./pipeline/text-match.ts";

/** A model version that is ready to run. */
export interface LoadedModel {
  readonly pipeline: Pipeline;
  /** Blocks the thread for the whole run: onnxruntime-node has no other way. */
  run(inputs: Tensors): Promise<Tensors>;
}

/**
 * One thread a session, since a slot is one core; spinning off, since the cores are shared with
 * image decoding. Level "all" is worth 1.5 to 2.5 times for conv nets.
 */
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  executionProviders: ["cpu"],
  graphOptimizationLevel: "all",
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  extra: { session: { intra_op: { allow_spinning: "0" } } },
};

/** The sessions of one runner, by model folder. Loaded once, kept. */
export class Sessions {
  readonly #loaded = new Map<string, LoadedModel>();

  /** Loads and warms up; answers what happened, and never throws. */
  async load(folder: string): Promise<FromRunner> {
    const startMs = performance.now();
    try {
      if (!this.#loaded.has(folder)) this.#loaded.set(folder, await loadModel(folder));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { v: 1, type: "load_failed", reason };
    }
    return { v: 1, type: "loaded", provider: "cpu", loadMs: performance.now() - startMs };
  }

  /** @throws when the model was not loaded before: the worker loads first */
  async get(folder: string): Promise<LoadedModel> {
    const model = this.#loaded.get(folder);
    if (model === undefined) throw new Error(`${folder} is not loaded`);
    return Promise.resolve(model);
  }
}

async function loadModel(folder: string): Promise<LoadedModel> {
  const manifest = manifestSchema.parse(
    JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")),
  );
  await checkModelFile(folder, manifest);
  const pipeline = await pipelineOf(manifest, folder);
  const session = await InferenceSession.create(join(folder, manifest.file.path), SESSION_OPTIONS);
  const names = manifest.outputs.map((output) => output.name);
  const model: LoadedModel = { pipeline, run: async (inputs) => run(session, inputs, names) };
  for (const rows of manifest.warmup.batch_sizes) await model.run(pipeline.blank(rows));
  return model;
}

async function pipelineOf(manifest: Manifest, folder: string): Promise<Pipeline> {
  const settings = manifest.pipeline;
  switch (settings.type) {
    case "image-classification":
      return imageClassification(manifest, settings, folder);
    case "text-match":
      return textMatch(manifest, settings, folder);
    case "tabular":
      return tabular(manifest, settings);
    case "tensor":
      return tensorPipeline(manifest);
    case "script":
      return script(manifest, settings, folder);
  }
}

async function run(
  session: InferenceSession,
  inputs: Tensors,
  outputs: readonly string[],
): Promise<Tensors> {
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, toOrt(tensor)]),
  );
  const results = await session.run(feeds, outputs);
  return Object.fromEntries(
    Object.entries(results).map(([name, tensor]) => [name, fromOrt(name, tensor)]),
  );
}
