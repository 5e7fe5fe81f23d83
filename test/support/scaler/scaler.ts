import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { keys } from "../redis-keys.ts";
import type { Role, System } from "../system.ts";
import { NO_HISTORY, isActive, pollDecision, syncDecision, wish, type History } from "./decide.ts";
import type { Pool } from "./pool.ts";
import { ScalerConnection } from "./scaler-connection.ts";

/** A number of replicas that was set. */
export interface Scaled {
  readonly by: "KEDA" | "HPA";
  readonly from: number;
  readonly to: number;
  /** What the triggers' lists held, in their order. */
  readonly lengths: readonly number[];
  /** Since the epoch, in ms. */
  readonly atMs: number;
}

/** How a pod that had to go went. */
export interface Ended {
  /** One that was not may have had no time to listen for signals. */
  readonly wasReady: boolean;
  /** The exit code, or the signal's name. */
  readonly exit: number | string;
}

export interface ScalerOptions {
  readonly pool: Pool;
  /** For every pod, above what its manifest says. */
  readonly env?: Readonly<Record<string, string>>;
  /** From 0 up to 1; chooses victims: the oldest if there is none. */
  readonly random?: () => number;
}

/**
 * KEDA, the HPA and a Deployment of workers in one: reads the load lists as KEDA's user of Redis,
 * decides as they do, and starts and stops real processes. Begins at zero; a victim is any pod, one
 * that is not ready first, as a ReplicaSet has it.
 */
export class Scaler implements AsyncDisposable {
  readonly #system: System;
  readonly #options: ScalerOptions;
  readonly #redis: Redis;
  readonly #connection: ScalerConnection;
  readonly #stop = new AbortController();
  readonly #ending: Promise<void>[] = [];
  readonly #running: Promise<void>;
  /** What was set, oldest first. */
  readonly history: Scaled[] = [];
  /** How victims went, in the order of their ends. */
  readonly ended: Ended[] = [];
  #pods: readonly Role[] = [];
  #replicas = 0;
  #memory: History = NO_HISTORY;
  #activeAtMs = performance.now();

  private constructor(system: System, options: ScalerOptions, connection: ScalerConnection) {
    this.#system = system;
    this.#options = options;
    this.#redis = system.redis.client();
    this.#connection = connection;
    this.#running = this.#run();
  }

  static async start(system: System, options: ScalerOptions): Promise<Scaler> {
    const connection = await ScalerConnection.open(system.redis.urlOf("keda"));
    return new Scaler(system, options, connection);
  }

  /** Wished now; there may be fewer yet, and more that are on their way out. */
  get replicas(): number {
    return this.#replicas;
  }

  /** The pods that are to be there. */
  get pods(): readonly Role[] {
    return this.#pods;
  }

  /** The most there were. */
  get peak(): number {
    return Math.max(0, ...this.history.map(({ to }) => to));
  }

  /** Decides no more, and leaves the pods alone. @throws what went wrong meanwhile */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#connection[Symbol.dispose]();
  }

  /** Returns when every victim so far is gone. */
  async calm(): Promise<void> {
    await Promise.all(this.#ending);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.calm();
  }

  async #run(): Promise<void> {
    const { pollMs, syncMs } = this.#options.pool;
    let [pollAtMs, syncAtMs] = [0, 0];
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const nowMs = performance.now();
      if (nowMs >= pollAtMs) {
        pollAtMs = nowMs + pollMs;
        await this.#poll();
      }
      if (nowMs >= syncAtMs) {
        syncAtMs = nowMs + syncMs;
        await this.#sync();
      }
      const waitMs = Math.max(0, Math.min(pollAtMs, syncAtMs) - performance.now());
      await sleep(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  async #lengths(): Promise<number[]> {
    const lengths: number[] = [];
    for (const { list } of this.#options.pool.triggers) {
      lengths.push(await this.#connection.length(list));
    }
    return lengths;
  }

  /** Where time runs faster, Redis forgets sooner as well. */
  async #age(): Promise<void> {
    const { triggers, recentMs } = this.#options.pool;
    for (const { list } of triggers.filter((it) => it.list.startsWith(keys.recent("")))) {
      if ((await this.#redis.pttl(list)) > recentMs) await this.#redis.pexpire(list, recentMs);
    }
  }

  async #poll(): Promise<void> {
    const { pool } = this.#options;
    await this.#age();
    const lengths = await this.#lengths();
    const active = isActive(pool.triggers, lengths);
    const nowMs = performance.now();
    if (active) this.#activeAtMs = nowMs;
    const sight = { replicas: this.#replicas, isActive: active, idleMs: nowMs - this.#activeAtMs };
    this.#set("KEDA", pollDecision(pool, sight), lengths);
  }

  async #sync(): Promise<void> {
    if (this.#replicas === 0) return;
    const { pool } = this.#options;
    const lengths = await this.#lengths();
    const wished = wish(pool.triggers, lengths, this.#replicas);
    const moment = { nowMs: performance.now(), replicas: this.#replicas, wish: wished };
    const { replicas, history } = syncDecision(pool, this.#memory, moment);
    this.#memory = history;
    this.#set("HPA", replicas, lengths);
  }

  /** Also replaces what died by itself, as a Deployment does. */
  #set(by: Scaled["by"], to: number, lengths: readonly number[]): void {
    const from = this.#replicas;
    if (to !== from) this.history.push({ by, from, to, lengths, atMs: Date.now() });
    this.#replicas = to;
    const { pool, env } = this.#options;
    this.#pods = this.#pods.filter((pod) => !pod.hasExited);
    while (this.#pods.length < to) {
      const pod = this.#system.startingWorker({ env: { ...pool.env, ...env } });
      this.#pods = [...this.#pods, pod];
    }
    while (this.#pods.length > to) this.#evict();
  }

  #evict(): void {
    const { random = () => 0, pool } = this.#options;
    const unready = this.#pods.filter((pod) => !pod.isReady);
    const candidates = unready.length > 0 ? unready : this.#pods;
    const victim = candidates[Math.floor(random() * candidates.length)];
    if (victim === undefined) return;
    this.#pods = this.#pods.filter((pod) => pod !== victim);
    this.#ending.push(this.#terminate(victim, pool.terminationMs));
  }

  /** As the kubelet does: SIGTERM, the grace period, SIGKILL. */
  async #terminate(victim: Role, graceMs: number): Promise<void> {
    const wasReady = victim.isReady;
    const killer = setTimeout(() => void victim.end("SIGKILL"), graceMs);
    const exit = await victim.end("SIGTERM");
    clearTimeout(killer);
    this.ended.push({ wasReady, exit });
  }
}
