import { setTimeout as sleep } from "node:timers/promises";
import { randomFrom } from "../../support/bulk/mayhem.ts";
import { Connection, type Answer } from "./connection.ts";
import { Jobs } from "./jobs.ts";
import type { Load, LoadResult } from "./load.ts";
import { Tally } from "./tally.ts";

/** Arrivals beyond so many wait here; their latency counts from when they were planned all the same. */
const CONNECTIONS_MAX = 1024;
/** After the last arrival: what is not answered by then is lost. */
const END_WAIT_MS = 10_000;

interface Arrival {
  readonly number: number;
  readonly plannedMs: number;
}

/**
 * Asks at times that a Poisson process has chosen beforehand, however long answers take. Latency
 * counts from the planned time, so that a server which falls behind cannot hide it.
 */
export async function openLoop(load: Load & { readonly rate: number }): Promise<LoadResult> {
  return new OpenLoop(load).run();
}

class OpenLoop {
  readonly #load: Load & { readonly rate: number };
  readonly #jobs: Jobs;
  readonly #tally: Tally;
  readonly #random: () => number;
  readonly #startMs = performance.now();
  readonly #idle: Connection[] = [];
  readonly #backlog: Arrival[] = [];
  readonly #inFlight = new Map<Connection, Arrival>();
  #opened = 0;
  #lateMs = 0;
  #sent = 0;

  constructor(load: Load & { readonly rate: number }) {
    this.#load = load;
    this.#jobs = new Jobs(load);
    this.#random = randomFrom(load.seed);
    this.#tally = new Tally(this.#startMs + load.leadMs, load.windowMs);
  }

  async run(): Promise<LoadResult> {
    let [number, plannedMs] = [0, this.#startMs];
    while (true) {
      plannedMs -= (Math.log(1 - this.#random()) * 1000) / this.#load.rate;
      if (plannedMs >= this.#tally.endMs) break;
      const waitMs = plannedMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      this.#arrive({ number: (number += 1), plannedMs });
    }
    const untilMs = performance.now() + END_WAIT_MS;
    while (this.#inFlight.size + this.#backlog.length > 0 && performance.now() < untilMs) {
      await sleep(5);
    }
    const left = [...this.#inFlight.values(), ...this.#backlog];
    for (const { plannedMs: at } of left) this.#tally.lost("no answer", performance.now() - at);
    for (const connection of [...this.#idle, ...this.#inFlight.keys()]) connection.close();
    return this.#tally.result({ lateMs: this.#lateMs / Math.max(1, this.#sent) });
  }

  #arrive(arrival: Arrival): void {
    const connection = this.#idle.pop();
    if (connection !== undefined) return this.#begin(connection, arrival);
    this.#backlog.push(arrival);
    if (this.#opened < CONNECTIONS_MAX) void this.#open();
  }

  async #open(): Promise<void> {
    this.#opened += 1;
    try {
      this.#free(await Connection.open(this.#load.port));
    } catch {
      this.#opened -= 1;
      this.#tally.lost("the server took no connection");
    }
  }

  #free(connection: Connection): void {
    const arrival = this.#backlog.shift();
    if (arrival === undefined) this.#idle.push(connection);
    else this.#begin(connection, arrival);
  }

  #begin(connection: Connection, arrival: Arrival): void {
    this.#lateMs += Math.max(0, performance.now() - arrival.plannedMs);
    this.#sent += 1;
    this.#inFlight.set(connection, arrival);
    this.#ask(connection, this.#jobs.first(arrival.number, arrival.number));
  }

  #ask(connection: Connection, request: Buffer): void {
    connection.ask(request, (answer) => this.#read(connection, answer));
  }

  #read(connection: Connection, answer: Answer | undefined): void {
    const arrival = this.#inFlight.get(connection);
    if (arrival === undefined) return;
    const { number, plannedMs } = arrival;
    if (answer === undefined) {
      this.#inFlight.delete(connection);
      this.#opened -= 1;
      return this.#tally.lost("the server closed a connection");
    }
    const next = this.#jobs.next(number, answer);
    if (next !== undefined) return this.#ask(connection, next);
    this.#inFlight.delete(connection);
    if (this.#jobs.isRight(number, answer)) {
      this.#tally.right(performance.now() - plannedMs, plannedMs);
    } else this.#tally.notRight(answer);
    this.#free(connection);
  }
}
