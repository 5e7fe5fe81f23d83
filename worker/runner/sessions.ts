import { readFileSync } from "node:fs";
import { join } from "node:path";
import { manifestSchema, modelBytes, type Manifest } from "../../shared/model/manifest.ts";
import { checkModelFile } from "./check-file.ts";
import { Device, DeviceGone } from "./device.ts";
import { openGraph, type Graph } from "./graph.ts";
import type { ExecutionProvider, FromRunner } from "./messages.ts";
import type { Pipeline } from "./pipelines/pipeline.ts";
import { pipelineFor } from "./pipelines.ts";
import { mayMixRows, ROWS_TOGETHER } from "./rows-apart.ts";
import { messageOf } from "../../shared/message-of.ts";

/** A model version that is ready to run. */
export interface LoadedModel extends Graph {
  readonly pipeline: Pipeline;
}

/** Memory that a session takes, per byte of its model's files: measured with ResNet-152 in float32. */
const MEMORY_PER_FILE_BYTE = 2.7;

interface Loaded {
  readonly model: LoadedModel;
  readonly edition: string;
  /** Estimated, in bytes. */
  readonly memory: number;
  /** What loading it took, until that is told; 0 from then on: nothing is loaded any more. */
  loadMs: number;
}

/** The sessions of one runner, by model folder. Loaded once, kept until unloaded or out of room. */
export class Sessions {
  /** Least recently used first. */
  readonly #loaded = new Map<string, Loaded>();
  readonly #device = new Device();
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
    isAsked = true,
  ): Promise<FromRunner> {
    const dropped: string[] = [];
    let isOverBudget = false;
    try {
      if (this.#loaded.get(folder)?.edition !== edition) {
        await this.unload(folder);
        const manifest = readManifest(folder);
        const memory = modelBytes(manifest) * MEMORY_PER_FILE_BYTE;
        isOverBudget = memory > this.budget;
        await this.#makeRoom(memory, dropped);
        const startMs = performance.now();
        const model = await this.#load(folder, manifest, provider);
        const loadMs = performance.now() - startMs;
        this.#loaded.set(folder, { model, edition, memory, loadMs });
      }
    } catch (error) {
      const reason = messageOf(error);
      const isDeviceGone = error instanceof DeviceGone;
      return { v: 1, type: "load_failed", reason, dropped, isDeviceGone };
    }
    const loaded = this.#use(folder);
    const { loadMs, model } = loaded;
    if (isAsked) loaded.loadMs = 0;
    return { v: 1, type: "loaded", placement: model.placement, loadMs, dropped, isOverBudget };
  }

  /** @throws when the model was not loaded before: the worker loads first */
  async get(folder: string): Promise<LoadedModel> {
    return Promise.resolve(this.#use(folder).model);
  }

  /** Does nothing when it is not loaded. */
  async unload(folder: string): Promise<void> {
    const model = this.#loaded.get(folder)?.model;
    this.#loaded.delete(folder);
    await model?.release();
  }

  /** The one that was used last, from now on. */
  #use(folder: string): Loaded {
    const loaded = this.#loaded.get(folder);
    if (loaded === undefined) throw new Error(`${folder} is not loaded`);
    this.#loaded.delete(folder);
    this.#loaded.set(folder, loaded);
    return loaded;
  }

  async #load(
    folder: string,
    manifest: Manifest,
    provider: ExecutionProvider,
  ): Promise<LoadedModel> {
    await checkModelFile(folder, manifest);
    const pipeline = await pipelineFor(manifest, folder);
    const blanks = warmUpSizes(manifest, provider).map((rows) => pipeline.blank(rows));
    const together = (mayMixRows(manifest) ? ROWS_TOGETHER : []).map((rows) =>
      pipeline.blank(rows),
    );
    const file = { path: join(folder, manifest.file.path), manifest, provider, blanks, together };
    const isOnCpu = provider.name === "cpu";
    return { pipeline, ...(await (isOnCpu ? openGraph(file) : this.#device.open(file))) };
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

/** On a GPU one run at least: it compiles kernels, and tells where the nodes are. */
function warmUpSizes({ warmup }: Manifest, provider: ExecutionProvider): readonly number[] {
  const sizes = warmup.batch_sizes;
  return provider.name === "cpu" || sizes.length > 0 ? sizes : [1];
}
