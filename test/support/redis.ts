import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { z } from "zod";
import { until } from "./until.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A user of `k8s/users.acl`. */
export type RedisUser = "gateway" | "worker" | "courier" | "keda";

/** An entry of `ACL LOG` is names and values in turn. */
const entriesSchema = z.array(
  z
    .array(z.unknown())
    .transform((flat) =>
      flat.flatMap((name, i) => (i % 2 === 0 ? [[String(name), flat[i + 1]] as const] : [])),
    ),
);
const entrySchema = z.looseObject({
  reason: z.string(),
  object: z.string(),
  username: z.string(),
  context: z.string(),
});

const PASSWORD = "of-every-user";

/** Who may do everything: tests themselves. */
const OPERATOR = "operator";

/**
 * A redis-server of its own port and folder, with an append-only file and exactly the users that a
 * cluster has, and one more for the tests themselves.
 */
export class TestRedis implements AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly folder: string;
  readonly #program: string;
  readonly #root: string;
  #child: ChildProcess | undefined;
  readonly #clients: Redis[] = [];

  private constructor(port: number, program: string, root: string) {
    this.port = port;
    this.#program = program;
    this.#root = root;
    this.url = urlOf(OPERATOR, port);
    this.folder = mkdtempSync(join(tmpdir(), "scoreline-redis-"));
  }

  /**
   * @param program of another edition than this machine's
   * @param root of the checkout whose users it has
   */
  static async start(program = "redis-server", root = ROOT): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), program, root);
    await redis.launch();
    return redis;
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  /** Where a user of the cluster connects. @param port of a link to it */
  urlOf(user: RedisUser, port = this.port): string {
    return urlOf(user, port);
  }

  /** Starts the server again after `kill`, on the same port and data. */
  async launch(): Promise<void> {
    const options = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.folder];
    const users = join(this.folder, "users.acl");
    writeFileSync(users, usersFile(this.#root));
    options.push("--aclfile", users);
    const durable = ["--appendonly", "yes", "--save", "", "--loglevel", "warning"];
    // A limit of its files must look like a full disk (`limitFiles`), and not end it by a signal.
    const deaf = `trap '' XFSZ; exec "$0" "$@"`;
    const command = ["-c", deaf, this.#program, ...options, ...durable];
    this.#child = spawn("sh", command, { stdio: "ignore" });
    // The command waits for the connection, and gives up after 3 minutes of tries.
    const probe = new Redis(this.url, { maxRetriesPerRequest: 3600, retryStrategy: () => 50 });
    probe.on("error", () => {});
    try {
      await probe.ping();
    } finally {
      probe.disconnect();
    }
  }

  /** Becomes the replica of whoever listens there. */
  async follow(port: number): Promise<void> {
    const client = this.client();
    await client.config("SET", "masteruser", OPERATOR);
    await client.config("SET", "masterauth", PASSWORD);
    await client.replicaof("127.0.0.1", port);
  }

  /** A client that is closed with the server. @param db one of 16 */
  client(db = 0): Redis {
    const client = new Redis(this.url, { maxRetriesPerRequest: null, retryStrategy: () => 50, db });
    client.on("error", () => {});
    this.#clients.push(client);
    return client;
  }

  /** What users of the cluster were refused for lack of a right since the server began. */
  async refusals(): Promise<string[]> {
    if (this.#child === undefined) return [];
    const entries = entriesSchema.parse(await this.client().call("ACL", "LOG", "128"));
    return entries.map(Object.fromEntries).flatMap((entry) => {
      const { reason, object, username, context } = entrySchema.parse(entry);
      return reason === "auth" ? [] : [`${username}: ${reason} ${object} (${context})`];
    });
  }

  /** From now on no file of the server takes a byte more, as on a full disk; or each does again. Linux. */
  async fillDisk(isFull: boolean): Promise<void> {
    const limit = isFull ? "0:unlimited" : "unlimited:unlimited";
    await promisify(execFile)("prlimit", ["--pid", String(this.pid), `--fsize=${limit}`]);
  }

  /** Returns when its file has all that was written: while a sync is under way, Redis holds writes back. */
  async saved(): Promise<void> {
    const redis = this.client();
    await until("the file has all of it", async () =>
      /^aof_buffer_length:0\r?$/m.test(await redis.info("persistence")),
    );
  }

  /** What data takes: without connections, and what waits to be written to the file while a disk is busy. */
  async dataBytes(): Promise<number> {
    await this.saved();
    const memory = await this.client().info("memory");
    const field = (name: string): number =>
      Number(new RegExp(`^${name}:(\\d+)`, "m").exec(memory)?.[1]);
    return field("used_memory") - field("mem_clients_normal") - field("mem_aof_buffer");
  }

  /** SIGKILL, by default: no goodbye. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function urlOf(user: RedisUser | typeof OPERATOR, port: number): string {
  return `redis://${user}:${PASSWORD}@127.0.0.1:${port}`;
}

/** `k8s/users.acl` with one password for all, and the user that tests come as. */
function usersFile(root: string): string {
  const digest = createHash("sha256").update(PASSWORD).digest("hex");
  // The folder of an image has none.
  const own = join(root, "k8s/users.acl");
  const file = existsSync(own) ? own : join(ROOT, "k8s/users.acl");
  const lines = readFileSync(file, "utf8").split("\n");
  const users = lines
    .filter((line) => line.startsWith("user "))
    .map((line) => line.replace(/#[A-Z]+/, `#${digest}`));
  return [...users, `user ${OPERATOR} on #${digest} ~* &* +@all`, ""].join("\n");
}

/** Below those that Linux opens connections from: what nobody listens on stays free until somebody does. */
const PORTS = { first: 10_000, count: 22_000 };
/** Files that run side by side begin apart. */
let asked = process.pid * 37;

/** A port of 127.0.0.1 that nobody listens on, another one each time. */
export async function freePort(): Promise<number> {
  for (;;) {
    asked += 1;
    const port = PORTS.first + (asked % PORTS.count);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
