import type { ChildProcess } from "node:child_process";
import type { Duplex } from "node:stream";
import type { Logger } from "../../shared/log.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { ExecutionProvider, FromRunner, Numbered, ToRunner } from "../runner/messages.ts";
import type { ProbeResult, ProbeRun } from "../runner/probe-run.ts";
import { Wire, type Frame } from "../runner/wire.ts";
import { afterAwakeMs } from "./awake-timer.ts";
import { chooseProvider, CPU_ONLY, type Offer } from "./execution-provider.ts";
import type { LoadRecorder } from "./load-recorder.ts";
import type { BlockRequest, BlockResult, RunRequest, RunResult } from "./run-request.ts";
import { LoadFailed, RunnerDied, type Progress } from "./runner-died.ts";
import { startRunner, type RunnerHost } from "./spawn-runner.ts";

/** A session of a large network takes seconds to make; more than this is a fault. */
const LOAD_TIMEOUT_MS = 120_000;
/** On a GPU kernels are compiled, and TensorRT builds an engine for minutes. */
const GPU_LOAD_TIMEOUT_MS = 900_000;

/** A runner that does not take up what it is sent, or is not done with answering, is at fault. */
const PIPE_TIMEOUT_MS = 120_000;

/** How long what a runner wrote before its end may take to be read, if its pipe is held by others. */
const LAST_WORDS_MS = 1000;

/** What the runner was asked and has not answered. */
interface Question {
  readonly answer: PromiseWithResolvers<Frame<FromRunner>>;
  readonly begin: () => void;
  /** How long it may take when it is its turn. */
  readonly timeoutMs: number;
}

/**
 * One child process and what it has loaded. Does one thing at a time on a device; once it has died it
 * answers nothing, and its owner makes another.
 */
export class RunnerProcess {
  readonly #logger: Logger;
  readonly #offer: Offer;
  readonly #recorder: LoadRecorder | undefined;
  readonly #memoryBytes: number | undefined;
  readonly #child: ChildProcess;
  readonly #wire: Wire<FromRunner & Numbered, ToRunner & Numbered>;
  /** By folder. */
  readonly #loaded = new Map<string, { readonly provider: string; readonly edition: string }>();
  readonly #gone = Promise.withResolvers<RunnerDied>();
  readonly #pipe: Duplex;
  /** By number; of a runner with a GPU two may be open: one is decoded while the other runs. */
  readonly #questions = new Map<number, Question>();
  #asked = 0;
  /** Its device is gone, and it cannot get it back: it ends as soon as nothing else is in hand. */
  #isSpent = false;
  #died: RunnerDied | undefined;

  /**
   * @param memoryBytes that its sessions may take together, by estimate; undefined: all there is
   * @param offer what its sessions may run on
   */
  constructor(host: RunnerHost, memoryBytes?: number, offer = CPU_ONLY, recorder?: LoadRecorder) {
    this.#logger = host.logger;
    this.#offer = offer;
    this.#recorder = recorder;
    this.#memoryBytes = memoryBytes;
    this.#child = startRunner(host);
    // A pipe beyond the three standard streams is a two-way socket.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    this.#pipe = this.#child.stdio[3] as Duplex;
    this.#pipe.on("error", () => {}); // its close is what counts
    // Without its pipe it is of no use; most often it has crashed, and its exit will say how.
    this.#pipe.once("close", () => this.#child.kill("SIGKILL"));
    this.#wire = new Wire<FromRunner & Numbered, ToRunner & Numbered>(
      this.#pipe,
      (frame) => this.#hear(frame),
      (error) => this.#kill(new RunnerDied("crash", error.message)),
    );
    this.#child.once("error", (error) => this.#end(new RunnerDied("crash", error.message)));
    this.#child.once("exit", (code, signal) => {
      this.#lastWords(new RunnerDied("crash", `runner ended by ${signal ?? `exit code ${code}`}`));
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

  /** Whether it answers nothing any more: from the decision to kill it on, not from its exit. */
  get isDead(): boolean {
    return this.#died !== undefined || this.#pipe.readableEnded || this.#pipe.destroyed;
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
    const memoryBytes = this.#memoryBytes;
    const message: ToRunner = { v: 1, type: "load", folder, edition, provider, memoryBytes };
    const facts = { runner: this.pid, model: id };
    const timeoutMs = provider.name === "cpu" ? LOAD_TIMEOUT_MS : GPU_LOAD_TIMEOUT_MS;
    const { head } = await this.#ask(message, [], timeoutMs, () =>
      this.#logger.debug(facts, "model loading"),
    );
    if (head.type !== "loaded" && head.type !== "load_failed") {
      throw new Error(`runner answered ${head.type} to a load`);
    }
    this.#noteDropped(head.dropped);
    if (head.type === "load_failed") {
      this.#recorder?.sessionLoadFailed(id);
      this.#isSpent ||= head.isDeviceGone;
      this.#endIfSpent();
      throw new LoadFailed(head.reason);
    }
    const { loadMs: ms, placement } = head;
    this.#recorder?.sessionLoaded(id, { ms, placement, wanted: provider });
    this.#logger.debug({ ...facts, ms, ...placement }, "model loaded");
    this.#loaded.set(folder, { provider: placement.provider, edition });
    if (!head.isOverBudget) return;
    this.#logger.warn({ runner: this.pid, folder }, "model needs more than RUNNER_MEMORY_MB");
  }

  /** Why an execution provider cannot be had; undefined when it can. @throws {RunnerDied} */
  async prove(provider: ExecutionProvider): Promise<string | undefined> {
    const { head } = await this.#ask({ v: 1, type: "prove", provider }, [], LOAD_TIMEOUT_MS);
    if (head.type !== "proved") throw new Error(`runner answered ${head.type} to a prove`);
    return head.reason;
  }

  /** Runs a graph that is no version with made-up tensors. @throws {RunnerDied} */
  async probe(path: string, run: ProbeRun): Promise<ProbeResult> {
    const { head } = await this.#ask({ v: 1, type: "probe", path, run }, [], LOAD_TIMEOUT_MS);
    if (head.type !== "probed") throw new Error(`runner answered ${head.type} to a probe`);
    return head;
  }

  /** Frees what was loaded from a folder. @throws {RunnerDied} when the process is gone */
  async unload(folder: string): Promise<void> {
    if (!this.#loaded.delete(folder)) return;
    await this.#ask({ v: 1, type: "unload", folder }, [], LOAD_TIMEOUT_MS);
  }

  /** Loads first if need be. @throws as `load` does */
  async run({ version, rows, parameters, ...how }: RunRequest): Promise<RunResult> {
    const message = { v: 1, type: "run", folder: version.folder, parameters } as const;
    const { head, parts, ...loaded } = await this.#score(version, message, rows, how);
    if (head.type !== "ran") throw new Error(`runner answered ${head.type} to a run`);
    return { ...head, ...loaded, outputs: parts };
  }

  /** As `run`, for a block: the time is that of each of its runs. @throws as `load` does */
  async runBlock({
    version,
    bytes,
    count,
    parameters,
    ...how
  }: BlockRequest): Promise<BlockResult> {
    const { folder, manifest } = version;
    const { max_batch_size: batchRows } = manifest.batching;
    const message = { v: 1, type: "run_block", folder, batchRows, count, parameters } as const;
    const { head, parts, ...loaded } = await this.#score(version, message, [bytes], how);
    if (head.type !== "ran_block") throw new Error(`runner answered ${head.type} to a block`);
    const outputs = String(parts[0]).split("\n");
    return { ...loaded, runs: head.runs, failures: new Map(head.failures), outputs };
  }

  async #score(
    version: ModelVersion,
    message: ToRunner,
    parts: readonly Buffer[],
    { timeoutMs, onBegun }: Pick<RunRequest, "timeoutMs" | "onBegun">,
  ): Promise<Frame<FromRunner> & Pick<RunResult, "provider" | "coldStart">> {
    const { folder, edition } = version;
    const coldStart = this.#loaded.get(folder)?.edition !== edition;
    if (coldStart) await this.load(version);
    const frame = await this.#ask(message, parts, timeoutMs, onBegun);
    return { ...frame, provider: this.#loaded.get(folder)?.provider ?? "", coldStart };
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
    onBegun?: () => void,
  ): Promise<Frame<FromRunner>> {
    if (this.isDead) throw this.#death("unsent");
    this.#asked += 1;
    const ask = this.#asked;
    const answer = Promise.withResolvers<Frame<FromRunner>>();
    const beforeMs = Math.max(0, ...[...this.#questions.values()].map((it) => it.timeoutMs));
    let progress: Progress = "sent";
    let stopClock = this.#killAfter(PIPE_TIMEOUT_MS + beforeMs, "it was not begun");
    const begin = (): void => {
      stopClock();
      // Decoded, it may have to wait for what is before it; when that has ended it says so again.
      const waitMs = progress === "sent" ? beforeMs : 0;
      stopClock = this.#killAfter(timeoutMs + waitMs, "no answer");
      if (progress === "sent") onBegun?.();
      progress = isRun(message) ? "running" : "loading";
    };
    this.#questions.set(ask, { answer, begin, timeoutMs });
    try {
      this.#wire.send({ ...message, ask }, parts);
      return await answer.promise;
    } catch (error) {
      throw error instanceof RunnerDied ? this.#death(progress) : error;
    } finally {
      stopClock();
      this.#questions.delete(ask);
      this.#endIfSpent();
    }
  }

  #hear(frame: Frame<FromRunner & Numbered>): void {
    const question = this.#questions.get(frame.head.ask);
    if (frame.head.type === "begun") question?.begin();
    else question?.answer.resolve(frame);
  }

  /**
   * An answer whose beginning has come in time is in time; the rest may take as long as a pipe may.
   */
  #killAfter(ms: number, what: string): () => void {
    let stopClock = afterAwakeMs(ms, () => {
      if (this.#wire.isReceiving) stopClock = afterAwakeMs(PIPE_TIMEOUT_MS, kill);
      else kill();
    });
    const kill = (): void => this.#kill(new RunnerDied("timeout", `${what} within ${ms} ms`));
    return () => stopClock();
  }

  #endIfSpent(): void {
    if (!this.#isSpent || this.#questions.size > 0) return;
    this.#kill(new RunnerDied("crash", "its device is gone"));
  }

  #kill(reason: RunnerDied): void {
    this.#died ??= reason;
    this.#child.kill("SIGKILL");
  }

  /** What it had said before its end is heard first: it may be the answer. */
  #lastWords(reason: RunnerDied): void {
    this.#died ??= reason;
    if (this.#pipe.closed) {
      this.#end(reason);
      return;
    }
    const stop = afterAwakeMs(LAST_WORDS_MS, () => this.#end(reason));
    this.#pipe.once("close", () => {
      stop();
      this.#end(reason);
    });
  }

  /** The first reason stands: a kill for a timeout also shows up as an exit. */
  #end(reason: RunnerDied): void {
    this.#died ??= reason;
    for (const { answer } of this.#questions.values()) answer.reject(this.#died);
    this.#gone.resolve(this.#died);
  }

  #death(progress: Progress): RunnerDied {
    const { reason, message } = this.#died ?? new RunnerDied("crash", "runner closed its pipe");
    return new RunnerDied(reason, message, progress);
  }
}

function isRun({ type }: ToRunner): boolean {
  return type === "run" || type === "run_block";
}
