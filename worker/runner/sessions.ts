import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { manifestSchema, type Manifest } from "../../shared/model/manifest.ts";
import { checkModelFile } from "./check-file.ts";
import { checkGraph } from "./check-graph.ts";
import type { ExecutionProvider, FromRunner, Placement } from "./messages.ts";
import type { Pipeline, Tensors } from "./pipelines/pipeline.ts";
import { fromOrt, toOrt } from "./pipelines/plain-tensor.ts";
import { pipelineFor } from "./pipelines.ts";
import { FirstRuns } from "./placement.ts";
import { proveProvider } from "./prove-provider.ts";
import { messageOf } from "../../shared/message-of.ts";

/** A model version that is ready to run. */
export interface LoadedModel {
  readonly pipeline: Pipeline;
  readonly placement: Placement;
  /** Blocks the thread for the whole run: onnxruntime-node has no other way. */
  run(inputs: Tensors): Promise<Tensors>;
  /** Frees the session's memory; not to be run again. */
  release(): Promise<void>;
}

/**
 * One thread a session, since a slot is one core; spinning off, since the cores are shared with
 * image decoding. Level "all" is worth 1.5 to 2.5 times for conv nets. Its own log is for fatal
 * errors only: others are thrown as well, and their text on stderr would hold values of inputs.
 */
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  graphOptimizationLevel: "all",
  logSeverityLevel: 4,
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  extra: { session: { intra_op: { allow_spinning: "0" } } },
};

/** Memory that a session takes, per byte of its model's file: measured with ResNet-152 in float32. */
const MEMORY_PER_FILE_BYTE = 2.7;

interface Loaded {
  readonly model: LoadedModel;
  readonly edition: string;
  /** Estimated, in bytes. */
  readonly memory: number;
}

/** The sessions of one runner, by model folder. Loaded once, kept until unloaded or out of room. */
export class Sessions {
  /** Least recently used first. */
  readonly #loaded = new Map<string, Loaded>();
  /** Bytes that sessions may take together, by estimate. */
  budget: number;

  constructor(budget = Infinity) {
    this.budget = budget;
  }

  /**
   * Loads and warms up; answers what happened, and never throws. A session of another edition of the
   * folder goes first: its file is no more, and two at a time may not fit. Then those that were used
   * longest ago go, until there is room, or nothing is left: what is too big alone is loaded as well.
   */
  async load(
    folder: string,
    edition = "",
    provider: ExecutionProvider = { name: "cpu" },
  ): Promise<FromRunner> {
    const startMs = performance.now();
    const dropped: string[] = [];
    let isOverBudget = false;
    try {
      if (this.#loaded.get(folder)?.edition !== edition) {
        await this.unload(folder);
        const manifest = readManifest(folder);
        const memory = manifest.file.bytes * MEMORY_PER_FILE_BYTE;
        isOverBudget = memory > this.budget;
        await this.#makeRoom(memory, dropped);
        const model = await loadModel(folder, manifest, provider);
        this.#loaded.set(folder, { model, edition, memory });
      }
    } catch (error) {
      const reason = messageOf(error);
      return { v: 1, type: "load_failed", reason, dropped };
    }
    const loadMs = performance.now() - startMs;
    const { placement } = await this.get(folder);
    return { v: 1, type: "loaded", placement, loadMs, dropped, isOverBudget };
  }

  /** @throws when the model was not loaded before: the worker loads first */
  async get(folder: string): Promise<LoadedModel> {
    const loaded = this.#loaded.get(folder);
    if (loaded === undefined) throw new Error(`${folder} is not loaded`);
    this.#loaded.delete(folder);
    this.#loaded.set(folder, loaded);
    return Promise.resolve(loaded.model);
  }

  /** Does nothing when it is not loaded. */
  async unload(folder: string): Promise<void> {
    const model = this.#loaded.get(folder)?.model;
    this.#loaded.delete(folder);
    await model?.release();
  }

  /** @param dropped is added to: what went is gone also when loading fails afterwards */
  async #makeRoom(memory: number, dropped: string[]): Promise<void> {
    for (const folder of this.#loaded.keys()) {
      const taken = [...this.#loaded.values()].reduce((sum, it) => sum + it.memory, 0);
      if (taken + memory <= this.budget) return;
      dropped.push(folder);
      await this.unload(folder);
    }
  }
}

function readManifest(folder: string): Manifest {
  return manifestSchema.parse(JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")));
}

async function loadModel(
  folder: string,
  manifest: Manifest,
  provider: ExecutionProvider,
): Promise<LoadedModel> {
  await checkModelFile(folder, manifest);
  const pipeline = await pipelineFor(manifest, folder);
  const isOnCpu = provider.name === "cpu";
  using firstRuns = isOnCpu ? undefined : new FirstRuns();
  const options = { ...SESSION_OPTIONS, ...firstRuns?.options, executionProviders: [provider] };
  const session = await InferenceSession.create(join(folder, manifest.file.path), options);
  const names = manifest.outputs.map((output) => output.name);
  const runIn = async (inputs: Tensors): Promise<Tensors> => run(session, inputs, names);
  try {
    checkGraph(session, manifest);
    for (const rows of warmUpSizes(manifest, isOnCpu)) await runIn(pipeline.blank(rows));
    return {
      pipeline,
      placement: firstRuns?.end(session, provider.name) ?? { provider: "cpu" },
      run: isOnCpu ? runIn : orEnd(provider, runIn),
      release: async () => session.release(),
    };
  } catch (error) {
    await session.release(); // it is tried again later, and would be kept beside the next one
    throw error;
  }
}

/** On a GPU one run at least: it compiles kernels, and tells where the nodes are. */
function warmUpSizes({ warmup }: Manifest, isOnCpu: boolean): readonly number[] {
  const sizes = warmup.batch_sizes;
  return isOnCpu || sizes.length > 0 ? sizes : [1];
}

/**
 * A device that is lost fails every run from then on, and the process cannot get it back. So after a
 * failed run the device is tried, and without it the process ends: the next one gets it anew, or says
 * at loading that it is gone.
 */
function orEnd(provider: ExecutionProvider, runIn: LoadedModel["run"]): LoadedModel["run"] {
  return async (inputs) => {
    try {
      return await runIn(inputs);
    } catch (error) {
      await proveProvider(provider).catch((reason: unknown) => {
        process.stderr.write(`the device is gone: ${messageOf(reason)}\n`);
        process.exit(1);
      });
      throw error;
    }
  };
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
