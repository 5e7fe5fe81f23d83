import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { useKey } from "./client.ts";
import { issueAdminKey } from "./keys.ts";
import { TestRedis, freePort } from "./redis.ts";
import { until } from "./until.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface RoleOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The checkout whose code runs; the system's by default. Models are the system's in any case. */
  readonly root?: string;
}

/** One process of ours, as a cluster would run it. */
export class Role {
  readonly name: string;
  readonly child: ChildProcess;
  log = "";

  /** @param folder where the code is */
  constructor(
    name: string,
    main: string,
    env: Readonly<Record<string, string>>,
    folder: string = ROOT,
  ) {
    this.name = name;
    this.child = spawn(process.execPath, [main], {
      cwd: folder,
      env: { PATH: process.env["PATH"], LOG_LEVEL: "info", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.log += text));
    }
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  get isReady(): boolean {
    return this.log.includes('"msg":"ready"');
  }

  /** Those that have come whole: what a living process says comes piece by piece. */
  get lines(): string[] {
    return this.log.split("\n").slice(0, -1);
  }

  async ready(): Promise<this> {
    await until(`${this.name} is ready`, () => {
      if (this.hasExited) throw new Error(`${this.name} ended:\n${this.log}`);
      return this.isReady;
    });
    return this;
  }

  /** @returns exit code, or the signal's name */
  async end(signal: NodeJS.Signals): Promise<number | string> {
    if (!this.hasExited) {
      const exited = once(this.child, "exit");
      this.child.kill(signal);
      await exited;
    }
    return this.child.exitCode ?? this.child.signalCode ?? "";
  }
}

interface Start {
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

/** Redis and any number of gateways, workers and couriers, all real, all ended with the system. */
export class System implements AsyncDisposable {
  readonly redis: TestRedis;
  /** The token of an admin key, which requests of `client.ts` carry. */
  readonly key: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly roles: Role[] = [];
  readonly #folders: string[] = [];

  private constructor(redis: TestRedis, key: string, start: Start) {
    this.redis = redis;
    this.key = key;
    this.#env = start.env;
    this.#folder = start.folder;
  }

  /**
   * Redis only, with an admin key.
   *
   * @param env for every process @param folder where the code is @param program of a Redis that is
   *   not this machine's
   */
  static async bare(
    env: Readonly<Record<string, string>> = {},
    folder: string = ROOT,
    program?: string,
  ): Promise<System> {
    const redis = await TestRedis.start(program, folder);
    return new System(redis, await issueAdminKey(redis.client()), { env, folder });
  }

  /** One of each role, ready. */
  static async start(
    env: Readonly<Record<string, string>> = {},
    folder: string = ROOT,
  ): Promise<System & { url: string }> {
    const system = await System.bare(env, folder);
    try {
      const [{ url }] = await Promise.all([system.gateway(), system.worker(), system.courier()]);
      return Object.assign(system, { url });
    } catch (error) {
      // Or its file would wait for the others until its time is up.
      await system[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A folder that is of no use without it. */
  removes(folder: string): void {
    this.#folders.push(folder);
  }

  async gateway({ env = {}, root = this.#folder }: RoleOptions = {}): Promise<{
    role: Role;
    url: string;
  }> {
    const port = await freePort();
    const main = join(root, "gateway/main.ts");
    const role = this.#add("gateway", main, { PORT: String(port), ...env });
    await role.ready();
    const url = `http://127.0.0.1:${port}`;
    useKey(url, this.key);
    return { role, url };
  }

  async worker(options: RoleOptions = {}): Promise<Role> {
    return this.startingWorker(options).ready();
  }

  /** A worker that is not ready yet. */
  startingWorker({ env = {}, root = this.#folder }: RoleOptions = {}): Role {
    return this.#add("worker", join(root, "worker/main.ts"), { WORKER_ROLE: "score", ...env });
  }

  async courier({ env = {}, root = this.#folder }: RoleOptions = {}): Promise<Role> {
    const main = join(root, "worker/main.ts");
    return this.#add("courier", main, { WORKER_ROLE: "courier", ...env }).ready();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.roles.map(async (role) => role.end("SIGKILL")));
    const refusals = await this.redis.refusals();
    await this.redis[Symbol.asyncDispose]();
    for (const folder of this.#folders) rmSync(folder, { recursive: true });
    // A right that a role lacks shows in a cluster only, and there when it is least wanted.
    if (refusals.length > 0) throw new Error(`k8s/users.acl refused:\n${refusals.join("\n")}`);
  }

  /** Connected as a cluster's user for that role, with its rights. */
  #add(
    name: "gateway" | "worker" | "courier",
    main: string,
    env: Readonly<Record<string, string>>,
  ): Role {
    const all = { REDIS_URL: this.redis.urlOf(name), ...this.#env, ...env };
    const role = new Role(name, main, all, this.#folder);
    this.roles.push(role);
    return role;
  }
}
