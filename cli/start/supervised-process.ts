import { once } from "node:events";
import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { countDeath, restartDelayMs } from "./back-off.ts";
import { CommandError } from "../terminal/command.ts";

/** How long a dead process's output may stay open, should somebody else hold it. */
const CLOSE_MS = 1000;

/** What to run under a name, and how to know that it is ready. */
export interface ProcessSpec {
  readonly name: string;
  /** Spawns the process, detached, its output piped. */
  launch(): ChildProcess;
  /** Resolves when the process can do its work. @param ended aborts when there is no more point */
  untilReady(child: ChildProcess, ended: AbortSignal): Promise<void>;
  /** How long it may take to get ready before it is killed and started again. */
  readonly readyMs: number;
  /** How long it may take to end after SIGTERM before it is killed. */
  readonly graceMs: number;
}

/** What the launcher does on behalf of each process. */
export interface ProcessEvents {
  spawned(name: string, child: ChildProcess): void;
  ready(name: string): void;
  ended(name: string): void;
  /** @param level pino's: 30 (the default) for what is in order, 40 for what is not */
  say(text: string, level?: number): void;
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: Error;
}

interface Run {
  readonly child: ChildProcess;
  readonly ending: Promise<Ending>;
}

/**
 * Keeps one process running.
 *
 *     starting ──ready──▶ ready ──dies──▶ waiting ──back-off──▶ starting
 *        │ └──dies by signal, or once had been ready──▶ waiting
 *        └──exits before it was ever ready──▶ failed (a fault a restart does not mend)
 *     any ──stop──▶ stopping ──▶ stopped
 */
export class SupervisedProcess {
  readonly name: string;
  readonly #spec: ProcessSpec;
  readonly #events: ProcessEvents;
  readonly #stopping = new AbortController();
  readonly #firstReady = Promise.withResolvers<void>();
  #run: Run | null = null;
  #isReady = false;
  #hasBeenReady = false;

  constructor(spec: ProcessSpec, events: ProcessEvents) {
    this.name = spec.name;
    this.#spec = spec;
    this.#events = events;
  }

  /**
   * Starts it, and starts it again whenever it dies. Resolves when it is ready for the first time.
   *
   * @throws {CommandError} when it exits by itself before that
   */
  async start(): Promise<void> {
    this.#keepRunning().catch((error: unknown) => this.#firstReady.reject(error));
    await this.#firstReady.promise;
  }

  /**
   * Ends it for good. Safe at any time, also when it never started.
   *
   * @returns whether it ended by itself, in time and with code 0
   */
  async stop(): Promise<boolean> {
    this.#stopping.abort();
    // Nobody may be waiting any more for a start that is being stopped.
    this.#firstReady.promise.catch(() => undefined);
    const run = this.#run;
    if (run === null) return true;
    const wasReady = this.#isReady;
    run.child.kill("SIGTERM");
    const ending = await within(run.ending, this.#spec.graceMs);
    if (ending === null) {
      this.#events.say(
        `${this.name} did not end within ${this.#spec.graceMs / 1000} s: killing it`,
      );
      killGroup(run.child);
      await run.ending;
      return false;
    }
    const isClean = ending.code === 0 || !wasReady;
    if (!isClean) this.#events.say(`${this.name} did not end cleanly (${describe(ending)})`);
    return isClean;
  }

  /** Ends it at once, or, for one that must save first, after `saveMs`. */
  async kill(saveMs = 0): Promise<void> {
    this.#stopping.abort();
    this.#firstReady.promise.catch(() => undefined);
    const run = this.#run;
    if (run === null) return;
    if (saveMs > 0) run.child.kill("SIGTERM");
    if (saveMs === 0 || (await within(run.ending, saveMs)) === null) killGroup(run.child);
    await run.ending;
  }

  async #keepRunning(): Promise<void> {
    for (let deaths = 0; !this.#stopping.signal.aborted;) {
      const { ending, readyMs } = await this.#runOnce();
      if (this.#stopping.signal.aborted) return;
      if (!this.#hasBeenReady && ending.signal === null) throw this.#cannotStart(ending);
      deaths = countDeath(deaths, readyMs);
      const delayMs = restartDelayMs(deaths);
      this.#events.say(
        `${this.name} died (${describe(ending)}), starting it again in ${delayMs / 1000} s`,
        40,
      );
      await this.#pause(delayMs);
    }
  }

  async #runOnce(): Promise<{ ending: Ending; readyMs: number }> {
    const child = this.#spec.launch();
    const run = { child, ending: endOf(child) };
    this.#run = run;
    this.#events.spawned(this.name, child);
    const ended = new AbortController();
    const ready = this.#awaitReady(child, ended.signal);
    const ending = await run.ending;
    ended.abort();
    const readyAt = await ready;
    this.#run = null;
    this.#isReady = false;
    this.#events.ended(this.name);
    return { ending, readyMs: readyAt === null ? 0 : performance.now() - readyAt };
  }

  /** @returns when it became ready, null if it died or was given up before */
  async #awaitReady(child: ChildProcess, ended: AbortSignal): Promise<number | null> {
    const startedAt = performance.now();
    const deadline = AbortSignal.any([ended, AbortSignal.timeout(this.#spec.readyMs)]);
    try {
      await this.#spec.untilReady(child, deadline);
    } catch {
      // The process ended, could not be spawned (then it has ended as well), or took too long.
      if (deadline.aborted && !ended.aborted) this.#giveUp(child);
      return null;
    }
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    this.#events.say(
      `${this.name} is ready${this.#hasBeenReady ? " again" : ""} after ${seconds} s`,
    );
    this.#isReady = true;
    this.#hasBeenReady = true;
    this.#events.ready(this.name);
    this.#firstReady.resolve();
    return performance.now();
  }

  #giveUp(child: ChildProcess): void {
    this.#events.say(`${this.name} is not ready after ${this.#spec.readyMs / 1000} s: killing it`);
    killGroup(child);
  }

  #cannotStart(ending: Ending): CommandError {
    return new CommandError(`${this.name} could not start (${describe(ending)})`);
  }

  async #pause(delayMs: number): Promise<void> {
    // Rejects when stop() comes: the loop then sees it and ends.
    await delay(delayMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}

/**
 * The end of a child and of all it left running in its group, its last lines read. One that could
 * not be spawned has ended too.
 */
function endOf(child: ChildProcess): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const closed = once(child, "close").catch(() => undefined);
  child.once("exit", (code, signal) => {
    // A dead role's own children have lost their parent.
    killGroup(child);
    void within(closed, CLOSE_MS).then(() => resolve({ code, signal }));
  });
  child.once("error", (error) => {
    if (child.pid === undefined) resolve({ code: null, signal: null, error });
  });
  return promise;
}

async function within<T>(promise: Promise<T>, deadlineMs: number): Promise<T | null> {
  const timer = new AbortController();
  const late = delay(deadlineMs, null, { signal: timer.signal }).catch(() => null);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

/** The child leads its process group, so this ends its own children as well. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is empty: nothing was left to end.
  }
}

function describe({ code, signal, error }: Ending): string {
  if (error !== undefined) return error.message;
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

/** Resolves when the child has told us over its IPC channel that it is ready. */
export async function untilSaysReady(child: ChildProcess, ended: AbortSignal): Promise<void> {
  for (;;) {
    const [message]: unknown[] = await once(child, "message", { signal: ended });
    if (typeof message === "object" && message !== null && "ready" in message) return;
  }
}
