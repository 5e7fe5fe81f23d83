import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { parseLane } from "../../shared/lane.ts";
import { keys } from "./redis-keys.ts";
import { repositoryFile } from "./client.ts";
import { runTool } from "./cluster-tools.ts";
import { freePort } from "./redis.ts";
import { until } from "./until.ts";

const CONFIG = "k8s/components/redis-trial/redis.conf";
/** Settings of ours that Redis 6.2 does not have. */
const NEWER = /^(?:hash-max-listpack-value|shutdown-timeout) .*$/gm;

const secretSchema = z.object({
  metadata: z.object({ name: z.string() }),
  stringData: z.record(z.string(), z.string()),
});

type ShippedUser = "gateway" | "worker" | "courier";

/**
 * The Redis that a trial on a cluster gets: its settings and its users to the letter, passwords by
 * `k8s/secrets.sh`. Only port, address, folder and the place of the file of users are the test's.
 */
export class ShippedRedis implements AsyncDisposable {
  /** What the server wrote, over all its lives. */
  log = "";
  readonly #program: string;
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), "scoreline-redis-"));
  readonly #secrets: ReadonlyMap<string, Readonly<Record<string, string>>>;
  #child: ChildProcess | undefined;

  private constructor(program: string, port: number, changed: (users: string) => string) {
    this.#program = program;
    this.port = port;
    const { out } = runTool(["sh"], ["k8s/secrets.sh", "--redis", `redis://127.0.0.1:${port}`]);
    const secrets = parseAllDocuments(out).map((it) => secretSchema.parse(it.toJS()));
    this.#secrets = new Map(secrets.map((it) => [it.metadata.name, it.stringData]));
    writeFileSync(this.#users, changed(this.#secret("redis-users", "users.acl")));
    const config = repositoryFile(CONFIG)
      .toString()
      .replace(/^dir .*$/m, "");
    writeFileSync(this.#config, isOlder(program) ? config.replaceAll(NEWER, "") : config);
  }

  /** @param program of the server @param changed makes other users of ours, for faults */
  static async start(
    program: string,
    changed: (users: string) => string = (users) => users,
  ): Promise<ShippedRedis> {
    const redis = new ShippedRedis(program, await freePort(), changed);
    await redis.#launch();
    return redis;
  }

  urlOf(user: ShippedUser): string {
    return this.#secret(`redis-${user}`, "url");
  }

  /** As Kubernetes restarts a pod. */
  async restart(): Promise<void> {
    await this.#end("SIGTERM");
    await this.#launch();
  }

  /** Waits until so many jobs and items are ready, and a shift waits in each of their lanes. */
  async allReady(count: number): Promise<void> {
    await using connection = this.connect(this.urlOf("gateway"));
    const { redis } = connection;
    await until("all is ready", async () => {
      const lanes = await redis.smembers(keys.lanes);
      const loads = lanes.map(async (lane) => redis.llen(keys.load(parseLane(lane))));
      const ready = (await Promise.all(loads)).reduce((sum, load) => sum + load, 0);
      const shifts = lanes.map(async (lane) => redis.llen(`${keys.shiftPrefix}:${lane}:wait`));
      return ready === count && (await Promise.all(shifts)).every((waiting) => waiting > 0);
    });
  }

  /** How many keys there are that do not expire. */
  async lastingKeys(): Promise<number> {
    await using connection = this.connect(this.urlOf("gateway"));
    const info = await connection.redis.info("keyspace");
    const [, all, expires] = /^db0:keys=(\d+),expires=(\d+)/m.exec(info) ?? [];
    return Number(all ?? 0) - Number(expires ?? 0);
  }

  /** One connection that does not come back. */
  connect(url: string): AsyncDisposable & { readonly redis: Redis } {
    const options = { retryStrategy: () => null, maxRetriesPerRequest: 0, enableReadyCheck: false };
    const redis = new Redis(url, options);
    redis.on("error", () => {});
    return { redis, [Symbol.asyncDispose]: async () => Promise.resolve(redis.disconnect()) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #users(): string {
    return join(this.#folder, "users.acl");
  }

  get #config(): string {
    return join(this.#folder, "redis.conf");
  }

  #secret(name: string, key: string): string {
    return this.#secrets.get(name)?.[key] ?? "";
  }

  async #launch(): Promise<void> {
    const places = ["--dir", this.#folder, "--aclfile", this.#users];
    const address = ["--port", String(this.port), "--bind", "127.0.0.1"];
    this.#child = spawn(this.#program, [this.#config, ...places, ...address], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.log += text));
    }
    await until("Redis answers", async () => {
      if (this.#child?.exitCode !== null) throw new Error(`Redis ended:\n${this.log}`);
      return this.#answers();
    });
  }

  async #answers(): Promise<boolean> {
    await using connection = this.connect(this.urlOf("gateway"));
    try {
      return (await connection.redis.ping()) === "PONG";
    } catch {
      return false;
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }
}

function isOlder(program: string): boolean {
  return /v=6\./.test(runTool([program], ["--version"]).out);
}
