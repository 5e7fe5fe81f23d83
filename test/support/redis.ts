import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";

/** A redis-server of its own port and folder, with an append-only file. */
export class TestRedis implements AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly folder: string;
  #child: ChildProcess | undefined;
  readonly #clients: Redis[] = [];

  private constructor(port: number) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.folder = mkdtempSync(join(tmpdir(), "scoreline-redis-"));
  }

  static async start(): Promise<TestRedis> {
    const redis = new TestRedis(await freePort());
    await redis.launch();
    return redis;
  }

  /** Starts the server again after `kill`, on the same port and data. */
  async launch(): Promise<void> {
    const options = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.folder];
    const durable = ["--appendonly", "yes", "--save", "", "--loglevel", "warning"];
    this.#child = spawn("redis-server", [...options, ...durable], { stdio: "ignore" });
    // The command waits for the connection, and gives up after 10 s of tries.
    const probe = new Redis(this.url, { maxRetriesPerRequest: 200, retryStrategy: () => 50 });
    probe.on("error", () => {});
    try {
      await probe.ping();
    } finally {
      probe.disconnect();
    }
  }

  /** A client that is closed with the server. @param db one of 16 */
  client(db = 0): Redis {
    const client = new Redis(this.url, { maxRetriesPerRequest: null, retryStrategy: () => 50, db });
    client.on("error", () => {});
    this.#clients.push(client);
    return client;
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

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server has an address object.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
