import { setTimeout as sleep } from "node:timers/promises";
import { GATEWAY_NODE_OPTIONS } from "../../../cli/start/roles.ts";
import type { Role, System } from "../system.ts";

const GATEWAY = { NODE_OPTIONS: GATEWAY_NODE_OPTIONS };

export interface Rage {
  /** How many workers are killed. */
  readonly workers: number;
  /** Kills are spread over about this long, in ms. */
  readonly spreadMs: number;
}

/** Kills processes of a system at random, and starts others in their place. The seed decides. */
export class Mayhem {
  readonly #system: System;
  readonly #random: () => number;
  readonly #kills: Record<"gateway" | "worker" | "courier", number> = {
    gateway: 0,
    worker: 0,
    courier: 0,
  };
  #gateway: { readonly role: Role; readonly url: string };
  #courier: Role;
  #worker: Role | undefined;
  #raging: Promise<void> = Promise.resolve();

  private constructor(
    system: System,
    seed: number,
    [gateway, courier]: readonly [{ readonly role: Role; readonly url: string }, Role],
  ) {
    this.#system = system;
    this.#random = randomFrom(seed);
    this.#gateway = gateway;
    this.#courier = courier;
  }

  /** Starts a gateway and a courier. */
  static async start(system: System, seed: number): Promise<Mayhem> {
    const roles = await Promise.all([system.gateway({ env: GATEWAY }), system.courier()]);
    return new Mayhem(system, seed, roles);
  }

  get url(): string {
    return this.#gateway.url;
  }

  get gatewayPid(): number {
    return this.#gateway.role.pid;
  }

  async addWorker(): Promise<void> {
    this.#worker = await this.#system.worker();
  }

  /** Begins to kill: gateway and courier `others` times each. */
  rage(others: number, { workers, spreadMs }: Rage): void {
    const victims = [
      ...Array.from({ length: others }, () => ["gateway", "courier"] as const).flat(),
      ...Array.from({ length: workers }, () => "worker" as const),
    ];
    const times = victims
      .map((victim) => ({ victim, atMs: this.#random() * spreadMs }))
      .toSorted((a, b) => a.atMs - b.atMs);
    const startMs = performance.now();
    const before = this.#raging;
    this.#raging = (async () => {
      await before;
      for (const { victim, atMs } of times) {
        await sleep(Math.max(0, startMs + atMs - performance.now()));
        await this.#kill(victim);
      }
    })();
  }

  /** Returns when the last kill is done. */
  async calm(): Promise<void> {
    await this.#raging;
  }

  told(): string {
    const { gateway, worker, courier } = this.#kills;
    return `killed: ${worker} workers, ${gateway} gateways, ${courier} couriers`;
  }

  async #kill(victim: "gateway" | "worker" | "courier"): Promise<void> {
    this.#kills[victim] += 1;
    if (victim === "gateway") {
      await this.#gateway.role.end("SIGKILL");
      this.#gateway = await this.#system.gateway({ env: GATEWAY });
    } else if (victim === "courier") {
      await this.#courier.end("SIGKILL");
      this.#courier = await this.#system.courier();
    } else {
      await this.#worker?.end("SIGKILL");
      this.#worker = await this.#system.worker();
    }
  }
}

/** Numbers from 0 up to 1: mulberry32, which fits in a line and is good enough to choose victims. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
