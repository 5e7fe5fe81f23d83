import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { useKey } from "./client.ts";
import { issueAdminKey } from "./keys.ts";
import { TestRedis, freePort } from "./redis.ts";
import { until } from "./until.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface RoleOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The checkout whose code runs; this one by default. Models are this one's in any case. */
  readonly root?: string;
}

/** One process of ours, as a cluster would run it. */
export class Role {
  readonly name: string;
  readonly child: ChildProcess;
  log = "";

  constructor(name: string, main: string, env: Readonly<Record<string, string>>) {
    this.name = name;
    this.child = spawn(process.execPath, [main], {
      cwd: ROOT,
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

  async ready(): Promise<this> {
    await until(`${this.name} is ready`, () => {
      if (this.hasExited) throw new Error(`${this.name} ended:\n${this.log}`);
      return this.log.includes('"msg":"ready"');
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

/** Redis and any number of gateways, workers and couriers, all real, all ended with the system. */
export class System implements AsyncDisposable {
  readonly redis: TestRedis;
  /** The token of an admin key, which requests of `client.ts` carry. */
  readonly key: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly roles: Role[] = [];

  private constructor(redis: TestRedis, key: string, env: Readonly<Record<string, string>>) {
    this.redis = redis;
    this.key = key;
    this.#env = env;
  }

  /** Redis only, with an admin key. @param env for every process */
  static async bare(env: Readonly<Record<string, string>> = {}): Promise<System> {
    const redis = await TestRedis.start();
    return new System(redis, await issueAdminKey(redis.client()), env);
  }

  /** One of each role, ready. */
  static async start(
    env: Readonly<Record<string, string>> = {},
  ): Promise<System & { url: string }> {
    const system = await System.bare(env);
    const [{ url }] = await Promise.all([system.gateway(), system.worker(), system.courier()]);
    return Object.assign(system, { url });
  }

  async gateway({ env = {}, root = ROOT }: RoleOptions = {}): Promise<{ role: Role; url: string }> {
    const port = await freePort();
    const main = join(root, "gateway/main.ts");
    const role = this.#add("gateway", main, { PORT: String(port), ...env });
    await role.ready();
    const url = `http://127.0.0.1:${port}`;
    useKey(url, this.key);
    return { role, url };
  }

  async worker({ env = {}, root = ROOT }: RoleOptions = {}): Promise<Role> {
    const main = join(root, "worker/main.ts");
    return this.#add("worker", main, { WORKER_ROLE: "score", ...env }).ready();
  }

  async courier({ env = {}, root = ROOT }: RoleOptions = {}): Promise<Role> {
    const main = join(root, "worker/main.ts");
    return this.#add("courier", main, { WORKER_ROLE: "courier", ...env }).ready();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.roles.map(async (role) => role.end("SIGKILL")));
    await this.redis[Symbol.asyncDispose]();
  }

  #add(name: string, main: string, env: Readonly<Record<string, string>>): Role {
    const role = new Role(name, main, { REDIS_URL: this.redis.url, ...this.#env, ...env });
    this.roles.push(role);
    return role;
  }
}
