import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Arm } from "./arms.ts";
import type { Load, LoadResult } from "./closed-loop.ts";
import { cpuSeconds, machineSeconds } from "./processes.ts";

export interface Sample extends LoadResult {
  /** CPU time a request in µs, by what the processes are; the load generator is one. */
  readonly cpuMicros: Readonly<Record<string, number>>;
  /** Cores that processes not ours, and the host, were busy on meanwhile. */
  readonly foreignCores: number;
}

/** A sample that was disturbed by more than this is taken again, in cores. */
export const FOREIGN_CORES_MAX = 0.15;
const TRIES_MAX = 3;

const LEAD_MS = 500;
const IDLE_MS = 250;
const IDLE_CORES_MAX = 0.05;
const IDLE_LIMIT_MS = 10_000;

/** Takes samples of arms, one at a time, with one load generator for all of them. */
export class Sampler implements AsyncDisposable {
  readonly #generator: ChildProcess;
  readonly #arms: readonly Arm[];

  /** @param arms all that run: their processes are ours, whichever of them is asked */
  constructor(arms: readonly Arm[]) {
    this.#arms = arms;
    this.#generator = fork(fileURLToPath(new URL("./load-generator.ts", import.meta.url)));
  }

  /**
   * Takes a sample, and takes it again while it is disturbed and there is time.
   *
   * @param repeatUntilMs no repetition begins after this, by `performance.now()`
   * @returns the least disturbed one
   */
  async sample(
    arm: Arm,
    load: { readonly clients: number; readonly windowMs: number },
    repeatUntilMs: number,
  ): Promise<Sample> {
    let best: Sample | undefined;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      if (best !== undefined && performance.now() > repeatUntilMs) break;
      const sample = await this.#once(arm, {
        port: arm.port,
        token: arm.token,
        leadMs: LEAD_MS,
        ...load,
      });
      if (best === undefined || sample.foreignCores < best.foreignCores) best = sample;
      if (best.foreignCores <= FOREIGN_CORES_MAX) break;
    }
    if (best === undefined) throw new Error("no sample was taken");
    return best;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#generator, "exit");
    this.#generator.disconnect();
    await exited;
  }

  async #once(arm: Arm, load: Load): Promise<Sample> {
    await this.#drained();
    const startMs = performance.now();
    const before = this.#look(arm);
    this.#generator.send(load);
    const result = await this.#result();
    const after = this.#look(arm);
    const seconds = (performance.now() - startMs) / 1000;
    if (result.wrong.length > 0) throw new Error(`wrong answers:\n${result.wrong.join("\n")}`);
    const cpuMicros = Object.fromEntries(
      Object.entries(after.byName).map(([name, spent]) => [
        name,
        ((spent - (before.byName[name] ?? 0)) * 1e6) / result.answers,
      ]),
    );
    const foreignCores = Math.max(0, (after.foreign - before.foreign) / seconds);
    return { ...result, cpuMicros, foreignCores };
  }

  /** @throws when the generator ends instead of answering */
  async #result(): Promise<LoadResult> {
    const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
    const onExit = (): void => reject(new Error("the load generator ended"));
    this.#generator.once("message", resolve).once("exit", onExit);
    try {
      return await promise;
    } finally {
      this.#generator.off("message", resolve).off("exit", onExit);
    }
  }

  #look(arm: Arm): { readonly byName: Record<string, number>; readonly foreign: number } {
    const named = { ...arm.processes, generator: [this.#generator.pid ?? 0] };
    return {
      byName: Object.fromEntries(
        Object.entries(named).map(([name, pids]) => [name, totalSeconds(pids)]),
      ),
      foreign: machineSeconds() - totalSeconds([...this.#pids(), process.pid]),
    };
  }

  /** Work that nobody waits for any more would be counted in the next sample. */
  async #drained(): Promise<void> {
    const endMs = performance.now() + IDLE_LIMIT_MS;
    let before = totalSeconds(this.#pids());
    while (performance.now() < endMs) {
      await sleep(IDLE_MS);
      const now = totalSeconds(this.#pids());
      if ((now - before) * 1000 <= IDLE_CORES_MAX * IDLE_MS) return;
      before = now;
    }
    throw new Error(`the servers were still busy after ${IDLE_LIMIT_MS} ms`);
  }

  #pids(): readonly number[] {
    const servers = this.#arms.flatMap((arm) => Object.values(arm.processes).flat());
    return [...servers, this.#generator.pid ?? 0];
  }
}

function totalSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}
