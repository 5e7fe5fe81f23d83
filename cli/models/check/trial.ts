import type { Comparer } from "../../../shared/model/pipelines/compare.ts";
import { pipelineOf } from "../../../shared/model/pipelines.ts";
import type { ModelVersion } from "../../../shared/model/registry.ts";
import type { SessionLoad } from "../../../worker/score/load-recorder.ts";
import { RunnerProcess } from "../../../worker/score/runner-process.ts";
import { commandHost } from "../command-host.ts";
import { FIRST_DEVICE } from "../gpu.ts";

/** A row to try a version with. */
export interface TrialRow {
  readonly name: string;
  /** The bytes that a runner reads. */
  readonly row: Buffer;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What came of a batch: per row its output, or why there is none. */
export interface Tried {
  readonly results: readonly TriedRow[];
  /** Fewer than there are rows when the graph threw, and they were run apart. */
  readonly largestRun: number;
  /** Wall time from here to the runner and back. */
  readonly ms: number;
}

export type TriedRow =
  | { readonly output: unknown; readonly failure?: never }
  | {
      readonly output?: never;
      /** With its code. */
      readonly failure: string;
      readonly message: string;
    };

/**
 * A version in a runner, as a worker has it, but on what it is told, whatever it lists. Disposing of it
 * ends the runner, or unloads the version from one that was given.
 */
export class Trial implements AsyncDisposable {
  readonly #runner: RunnerProcess;
  readonly #version: ModelVersion;
  readonly #isOwn: boolean;
  /** Of two outputs of the version. */
  readonly compare: Comparer;
  #placement: SessionLoad["placement"] = { provider: "cpu" };

  /**
   * @param provider the CPU unless it is said: a check needs no GPU
   * @param runner that somebody else ends; without, one of its own
   */
  constructor(
    version: ModelVersion,
    provider: SessionLoad["wanted"]["name"] = "cpu",
    runner?: RunnerProcess,
  ) {
    const manifest = { ...version.manifest, execution_providers: [provider] };
    this.#version = { ...version, manifest };
    this.compare = pipelineOf(manifest.pipeline).compare;
    this.#isOwn = runner === undefined;
    const offer = { providers: [provider], devices: [FIRST_DEVICE] };
    const recorder = {
      sessionLoaded: (_: unknown, { placement }: SessionLoad) => (this.#placement = placement),
      sessionLoadFailed: () => {},
    };
    this.#runner = runner ?? new RunnerProcess(commandHost(), undefined, offer, recorder);
  }

  /** Where the session runs, as last loaded. */
  get placement(): SessionLoad["placement"] {
    return this.#placement;
  }

  /** @param edition another one is loaded anew @throws {LoadFailed} @throws {RunnerDied} */
  async load(edition = this.#version.edition): Promise<void> {
    await this.#runner.load({ ...this.#version, edition });
  }

  /** One run of all rows. @throws {LoadFailed} @throws {RunnerDied} also when it takes longer than `run_timeout_ms` */
  async run(rows: readonly TrialRow[]): Promise<Tried> {
    const startMs = performance.now();
    const { failures, outputs, runRows } = await this.#runner.run({
      version: this.#version,
      rows: rows.map(({ row }) => row),
      parameters: rows.map(({ parameters }) => parameters),
      timeoutMs: this.#version.manifest.run_timeout_ms,
    });
    const ms = performance.now() - startMs;
    const results = rows.map((_, i): TriedRow => {
      const failure = failures[i];
      if (failure) {
        const { code, message } = failure;
        return { failure: `${code}: ${message}`, message };
      }
      const output: unknown = JSON.parse(String(outputs[i]));
      return { output };
    });
    return { results, largestRun: Math.max(...runRows), ms };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOwn) {
      if (!this.#runner.isDead) await this.#runner.unload(this.#version.folder);
      return;
    }
    this.#runner.kill();
    await this.#runner.gone;
  }
}
