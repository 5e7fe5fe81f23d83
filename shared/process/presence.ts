import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Redis } from "../redis/connection.ts";
import { Every, type Service } from "../service.ts";
import { packageVersion } from "../version.ts";
import type { LastErrors } from "./last-errors.ts";
import { forgetProcesses, readProcesses, writeProcess, type OwnProcess } from "./processes.ts";

const LOOK_MS = 2000;
/** Without an error it writes at every fifth look: one command in ten seconds. */
const LOOKS_A_WRITE = 5;

export interface PresenceOptions {
  readonly role: OwnProcess["role"];
  readonly redis: Redis;
  readonly clock: Clock;
  readonly errors: LastErrors;
  readonly logger: Logger;
}

/**
 * Lets operators see this process and its last errors, also for an hour after it has died. A start forgets
 * those that died earlier, so that no more are kept than began within an hour. Nothing depends on it:
 * while it cannot write, the process goes on.
 */
export class Presence implements Service {
  readonly name = "presence";
  readonly #options: PresenceOptions;
  readonly #id = randomBytes(6).toString("hex");
  readonly #version = packageVersion();
  readonly #looks = new Every(LOOK_MS, async () => this.#look());
  #sinceMs: number | undefined;
  #looksToGo = 0;
  #told = 0;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  readonly start = async (): Promise<void> =>
    this.#looks.start(async () => {
      this.#sinceMs = this.#options.clock.now();
      await this.#try(async () => this.#forgetOver());
      await this.#look();
    });

  /** One that stops without errors leaves nothing behind. */
  async stop(): Promise<void> {
    await this.#looks.stop();
    const { redis, errors } = this.#options;
    if (redis.status !== "ready" || this.#sinceMs === undefined) return;
    await this.#try(async () =>
      errors.noted === 0 ? forgetProcesses(redis, [this.#id]) : this.#write({ left: true }),
    );
  }

  async #look(): Promise<void> {
    this.#looksToGo -= 1;
    if (this.#looksToGo > 0 && this.#options.errors.noted === this.#told) return;
    await this.#try(async () => this.#write());
  }

  async #write(more: { readonly left?: true } = {}): Promise<void> {
    const { redis, clock, role, errors } = this.#options;
    const { noted } = errors;
    const atMs = clock.now();
    await writeProcess(redis, this.#id, {
      v: 1,
      role,
      host: hostname(),
      pid: process.pid,
      version: this.#version,
      since_ms: this.#sinceMs ?? atMs,
      at_ms: atMs,
      errors: [...errors.newestFirst()],
      ...more,
    });
    this.#told = noted;
    this.#looksToGo = LOOKS_A_WRITE;
  }

  async #forgetOver(): Promise<void> {
    const { redis, clock } = this.#options;
    await forgetProcesses(redis, (await readProcesses(redis, clock.now())).over);
  }

  async #try(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#options.logger.debug({ err: error }, this.name);
    }
  }
}
