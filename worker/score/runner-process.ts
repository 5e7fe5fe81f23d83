import type { ChildProcess } from "node:child_process";
import type { Duplex } from "node:stream";
import type { Logger } from "../../shared/log.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { ExecutionProvider, FromRunner, ToRunner } from "../runner/messages.ts";
import { Wire, type Frame } from "../runner/wire.ts";
import { chooseProvider, CPU_ONLY, type Offer } from "./execution-provider.ts";
import { spawnRunner, type RunnerHost } from "./spawn-runner.ts";

/** A session of a large network takes seconds to make; more than this is a fault. */
const LOAD_TIMEOUT_MS = 120_000;

/** Why a runner is gone. */
export class RunnerDied extends Error {
  readonly reason: "crash" | "timeout";

  constructor(reason: "crash" | "timeout", detail: string) {
    super(detail);
    this.name = "RunnerDied";
    this.reason = reason;
  }
}

/** The model's file is missing, corrupt or too big. The runner lives on. */
export class LoadFailed extends Error {}

export interface RunRequest {
  readonly version: ModelVersion;
  readonly rows: readonly Buffer[];
  /** One per row. */
  readonly parameters: readonly Readonly<Record<string, unknown>>[];
  /** The run is killed after this many ms; loading does not count. */
  readonly timeoutMs: number;
}

export interface RunResult {
  readonly failures: Extract<FromRunner, { type: "ran" }>["failures"];
  /** One per row: how many rows its run had. */
  readonly runRows: readonly number[];
  readonly outputs: readonly Buffer[];
  readonly decodeMs: number;
  readonly inferenceMs: number;
  readonly provider: string;
  /** True when the session was loaded for this run. */
  readonly coldStart: boolean;
}

/** Told of loads: figures for operators. */
export interface LoadRecorder {
  sessionLoaded(model: string, ms: number): void;
  sessionLoadFailed(model: string): void;
}

/**
 * One child process and what it has loaded. Answers one request at a time; once it has died it
 * answers none, and its owner makes another.
 */
export class RunnerProcess {
  readonly #logger: Logger;
  readonly #offer: Offer;
  readonly #recorder: LoadRecorder | undefined;
  readonly #child: ChildProcess;
  readonly #wire: Wire<FromRunner, ToRunner>;
  /** By folder. */
  readonly #loaded = new Map<string, { readonly provider: string; readonly edition: string }>();
  readonly #gone = Promise.withResolvers<RunnerDied>();
  #answer: PromiseWithResolvers<Frame<FromRunner>> | undefined;
  #died: RunnerDied | undefined;

  /**
   * @param memoryBytes that its sessions may take together, by estimate; undefined: all there is
   * @param offer what its sessions may run on
   */
  constructor(host: RunnerHost, memoryBytes?: number, offer = CPU_ONLY, recorder?: LoadRecorder) {
    this.#logger = host.logger;
    this.#offer = offer;
    this.#recorder = recorder;
    const budget = memoryBytes === undefined ? [] : [String(memoryBytes)];
    this.#child = spawnRunner(host, budget);
    // A pipe beyond the three standard streams is a two-way socket.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const pipe = this.#child.stdio[3] as Duplex;
    pipe.on("error", () => {}); // its close is what counts
    this.#wire = new Wire<FromRunner, ToRunner>(
      pipe,
      (frame) => this.#answer?.resolve(frame),
      (error) => this.#kill(new RunnerDied("crash", error.message)),
    );
    this.#child.once("error", (error) => this.#end(new RunnerDied("crash", error.message)));
    this.#child.once("exit", (code, signal) => {
      this.#end(new RunnerDied("crash", `runner ended by ${signal ?? `exit code ${code}`}`));
    });
    this.#logger.debug({ runner: this.#child.pid }, "runner started");
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sessions it holds. */
  get sessions(): number {
    return this.#loaded.size;
  }

  /** Settles when the process has ended, with the reason. */
  get gone(): Promise<RunnerDied> {
    return this.#gone.promise;
  }

  /**
   * @throws {LoadFailed} when the model cannot be loaded
   * @throws {RunnerDied} when the process is gone
   */
  async load({ id, folder, edition, manifest }: ModelVersion): Promise<void> {
    this.#loaded.delete(folder);
    const provider = chooseProvider(manifest.execution_providers, this.#offer);
    if (provider === undefined)
      throw new LoadFailed("its execution providers are not offered here");
    const message: ToRunner = { v: 1, type: "load", folder, edition, provider };
    const { head } = await this.#ask(message, [], LOAD_TIMEOUT_MS);
    if (head.type !== "loaded" && head.type !== "load_failed") {
      throw new Error(`runner answered ${head.type} to a load`);
    }
    this.#noteDropped(head.dropped);
    if (head.type === "load_failed") {
      this.#recorder?.sessionLoadFailed(id);
      throw new LoadFailed(head.reason);
    }
    this.#recorder?.sessionLoaded(id, head.loadMs);
    this.#loaded.set(folder, { provider: head.provider, edition });
    if (!head.isOverBudget) return;
    this.#logger.warn({ runner: this.pid, folder }, "model needs more than RUNNER_MEMORY_MB");
  }

  /** Why an execution provider cannot be had; undefined when it can. @throws {RunnerDied} */
  async prove(provider: ExecutionProvider): Promise<string | undefined> {
    const { head } = await this.#ask({ v: 1, type: "prove", provider }, [], LOAD_TIMEOUT_MS);
    if (head.type !== "proved") throw new Error(`runner answered ${head.type} to a prove`);
    return head.reason;
  }

  /** Frees what was loaded from a folder. @throws {RunnerDied} when the process is gone */
  async unload(folder: string): Promise<void> {
    if (!this.#loaded.delete(folder)) return;
    await this.#ask({ v: 1, type: "unload", folder }, [], LOAD_TIMEOUT_MS);
  }

  /** Loads first if need be. @throws as `load` does */
  async run({ version, rows, parameters, timeoutMs }: RunRequest): Promise<RunResult> {
    const { folder, edition } = version;
    const coldStart = this.#loaded.get(folder)?.edition !== edition;
    if (coldStart) await this.load(version);
    const message: ToRunner = { v: 1, type: "run", folder, parameters };
    const { head, parts } = await this.#ask(message, rows, timeoutMs);
    if (head.type !== "ran") throw new Error(`runner answered ${head.type} to a run`);
    const { failures, runRows, decodeMs, inferenceMs } = head;
    const provider = this.#loaded.get(folder)?.provider ?? "";
    return { failures, outputs: parts, runRows, decodeMs, inferenceMs, provider, coldStart };
  }

  /** Ends the process; what it was running is lost. */
  kill(): void {
    this.#kill(new RunnerDied("crash", "runner was ended"));
  }

  #noteDropped(folders: readonly string[]): void {
    if (folders.length === 0) return;
    for (const folder of folders) this.#loaded.delete(folder);
    this.#logger.info({ runner: this.pid, folders }, "sessions unloaded to make room");
  }

  async #ask(
    message: ToRunner,
    parts: readonly Buffer[],
    timeoutMs: number,
  ): Promise<Frame<FromRunner>> {
    if (this.#died !== undefined) throw this.#died;
    const answer = Promise.withResolvers<Frame<FromRunner>>();
    this.#answer = answer;
    const timer = setTimeout(() => {
      this.#kill(new RunnerDied("timeout", `no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    try {
      this.#wire.send(message, parts);
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      this.#answer = undefined;
    }
  }

  #kill(reason: RunnerDied): void {
    this.#died ??= reason;
    this.#child.kill("SIGKILL");
  }

  /** The first reason stands: a kill for a timeout also shows up as an exit. */
  #end(reason: RunnerDied): void {
    this.#died ??= reason;
    this.#answer?.reject(this.#died);
    this.#gone.resolve(this.#died);
  }
}
