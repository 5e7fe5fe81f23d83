import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { manifestSchema, type Manifest } from "../../shared/model/manifest.ts";
import { checkModelFile } from "./check-file.ts";
import type { FromRunner } from "./messages.ts";
import { imageClassification } from "./pipeline/image-classification.ts";
import type { Pipeline, Tensors } from "./pipeline/pipeline.ts";
import { fromOrt, toOrt } from "./ort-tensor.ts";
import { tabular } from "./pipeline/tabular.ts";
import { tensorPipeline } from "./pipeline/tensor.ts";
import { textMatch } from "./pipeline/text-match.ts";

/** A model version that is ready to run. */
export interface LoadedModel {
  readonly pipeline: Pipeline;
  /** Blocks the thread for the whole run: onnxruntime-node has no other way. */
  run(inputs: Tensors): Promise<Tensors>;
  /** Frees the session's memory; not to be run again. */
  release(): Promise<void>;
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

/** The sessions of one runner, by model folder. Loaded once, kept until unloaded. */
export class Sessions {
  readonly #loaded = new Map<string, { model: LoadedModel; edition: string }>();

  /**
   * Loads and warms up; answers what happened, and never throws. A session of another edition of the
   * folder goes first: its file is no more, and two at a time may not fit.
   */
  async load(folder: string, edition = ""): Promise<FromRunner> {
    const startMs = performance.now();
    try {
      if (this.#loaded.get(folder)?.edition !== edition) {
        await this.unload(folder);
        this.#loaded.set(folder, { model: await loadModel(folder), edition });
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { v: 1, type: "load_failed", reason };
    }
    return { v: 1, type: "loaded", provider: "cpu", loadMs: performance.now() - startMs };
  }

  /** @throws when the model was not loaded before: the worker loads first */
  async get(folder: string): Promise<LoadedModel> {
    const model = this.#loaded.get(folder)?.model;
    if (model === undefined) throw new Error(`${folder} is not loaded`);
    return Promise.resolve(model);
  }

  /** Does nothing when it is not loaded. */
  async unload(folder: string): Promise<void> {
    const model = this.#loaded.get(folder)?.model;
    this.#loaded.delete(folder);
    await model?.release();
  }
}

async function loadModel(folder: string): Promise<LoadedModel> {
  const manifest = manifestSchema.parse(
    JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")),
  );
  await checkModelFile(folder, manifest);
  const pipeline = pipelineOf(manifest, folder);
  const session = await InferenceSession.create(join(folder, manifest.file.path), SESSION_OPTIONS);
  const names = manifest.outputs.map((output) => output.name);
  const model: LoadedModel = {
    pipeline,
    run: async (inputs) => run(session, inputs, names),
    release: async () => session.release(),
  };
  for (const rows of manifest.warmup.batch_sizes) await model.run(pipeline.blank(rows));
  return model;
}

function pipelineOf(manifest: Manifest, folder: string): Pipeline {
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
