import { setTimeout as sleep } from "node:timers/promises";
import { Connection, type Answer } from "./connection.ts";
import { Jobs } from "./jobs.ts";
import type { Load, LoadResult } from "./load.ts";
import { Tally } from "./tally.ts";

/** Before a client asks again whose connection was closed. */
const REOPEN_MS = 20;

/** Asks as fast as answers come, over keep-alive connections, and waits for the last answers. */
export async function closedLoop(load: Load): Promise<LoadResult> {
  const jobs = new Jobs(load);
  const connections = await Promise.all(
    Array.from({ length: load.clients }, async () => Connection.open(load.port)),
  );
  const tally = new Tally(performance.now() + load.leadMs, load.windowMs);
  const left = { jobs: load.jobsMax ?? Infinity };
  const clients = connections.map(async (connection, number) =>
    new Client(number, { connection, load, jobs, tally, left }).run(),
  );
  await Promise.all(clients);
  return tally.result({ submitted: jobs.submitted });
}

interface ClientOptions {
  readonly connection: Connection;
  readonly load: Load;
  readonly jobs: Jobs;
  readonly tally: Tally;
  /** Counts down, for all clients together. */
  readonly left: { jobs: number };
}

/** One that has a job at a time. */
class Client {
  readonly #number: number;
  readonly #options: ClientOptions;
  readonly #end = Promise.withResolvers<void>();
  #connection: Connection;
  #index: number;
  #sentMs = 0;

  constructor(number: number, options: ClientOptions) {
    this.#number = number;
    this.#options = options;
    this.#connection = options.connection;
    // Clients begin at different places, so that a batch does not hold one input many times.
    this.#index = Math.floor((number * options.jobs.cases) / options.load.clients);
  }

  async run(): Promise<void> {
    this.#begin();
    await this.#end.promise;
    this.#connection.close();
  }

  #begin(): void {
    const { jobs, tally, left } = this.#options;
    if (tally.isOver || left.jobs === 0) return this.#end.resolve();
    left.jobs -= 1;
    this.#index += 1;
    this.#sentMs = performance.now();
    this.#ask(jobs.first(this.#number, this.#index));
  }

  #ask(request: Buffer): void {
    this.#connection.ask(request, (answer) => {
      if (answer === undefined) void this.#reopen();
      else this.#read(answer);
    });
  }

  #read(answer: Answer): void {
    const { jobs, tally } = this.#options;
    const next = jobs.next(this.#number, answer);
    if (next !== undefined) return this.#ask(next);
    const nowMs = performance.now();
    if (jobs.isRight(this.#index, answer)) tally.right(nowMs - this.#sentMs, nowMs);
    else tally.notRight(answer);
    this.#begin();
  }

  async #reopen(): Promise<void> {
    const { load, tally } = this.#options;
    tally.lost("the server closed a connection");
    try {
      await sleep(REOPEN_MS);
      this.#connection = await Connection.open(load.port);
      this.#begin();
    } catch (error) {
      this.#end.reject(error);
    }
  }
}
