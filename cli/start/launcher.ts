import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { publicUrl } from "./banner.ts";
import type { StartConfig } from "./config.ts";
import { dataFolderOf, keyFileOf, modelsFolderOf, type Home } from "./folders.ts";
import { provideKey } from "./api-key.ts";
import { acquireLock, releaseLock, type Holder } from "./lock.ts";
import type { LogPrinter } from "./log-printer.ts";
import { endOrphans } from "./orphans.ts";
import { assertPortFree, freeLoopbackPort } from "./port.ts";
import { processIdentity } from "./process-identity.ts";
import { ProcessTable, readProcessTable } from "./process-table.ts";
import { receiversHere, redisPorts } from "./receivers.ts";
import { RedisLog, redisLineToJson } from "./redis-log.ts";
import { findRedisProgram, redisSpec, redisUrl } from "./redis-server.ts";
import { roleSpecs } from "./roles.ts";
import { SupervisedProcess, type ProcessEvents } from "./supervised-process.ts";

const WARN = 40;
const ORPHAN_GRACE_MS = 35_000;
/** On a second Ctrl-C: what Redis gets to write its log out, so that no accepted job is lost. */
const REDIS_SAVE_MS = 2000;

/**
 * Runs everything a cluster would run, on one machine: a private Redis and the three roles. Holds
 * the data folder while it does, and mends what an earlier launcher that was killed left behind.
 */
export class Launcher {
  readonly #config: StartConfig;
  readonly #home: Home;
  readonly #printer: LogPrinter;
  readonly #dataFolder: string;
  readonly #self: Holder;
  readonly #lockPath: string;
  readonly #tablePath: string;
  readonly #table: ProcessTable;
  readonly #redisLog: RedisLog;
  #redis: SupervisedProcess | null = null;
  #roles: readonly SupervisedProcess[] = [];
  #hasLock = false;
  #isStopping = false;

  constructor(config: StartConfig, home: Home, printer: LogPrinter) {
    this.#config = config;
    this.#home = home;
    this.#printer = printer;
    this.#dataFolder = dataFolderOf(home);
    this.#self = selfAt(publicUrl(config.HOST, config.PORT));
    this.#lockPath = join(this.#dataFolder, "lock.json");
    this.#tablePath = join(this.#dataFolder, "processes.json");
    this.#table = new ProcessTable(this.#tablePath);
    this.#redisLog = new RedisLog((line) => this.#printer.print("redis", line));
  }

  /**
   * Starts all; resolves when all are ready. After a failure or an abort, `stop` ends what runs.
   *
   * @param signal aborts the start
   * @throws {CommandError} for whatever a person can mend
   */
  async start(signal: AbortSignal): Promise<void> {
    const { HOST, PORT, REDIS_URL } = this.#config;
    mkdirSync(this.#dataFolder, { recursive: true, mode: 0o700 });
    acquireLock(this.#lockPath, this.#self, processIdentity);
    this.#hasLock = true;
    await this.#endOrphans(signal);
    await assertPortFree(HOST, PORT);
    const url = REDIS_URL ?? (await this.#startRedis(signal));
    await this.#provideKey(url, signal);
    await this.#startRoles(url, signal);
  }

  /**
   * Stops in order: intake, work, healing, and Redis last, when nobody needs it any more.
   *
   * @returns whether every process ended by itself, in time and with code 0
   */
  async stop(): Promise<boolean> {
    this.#isStopping = true;
    let isClean = true;
    for (const role of this.#roles) {
      this.#say(`stopping ${role.name}`);
      isClean = (await role.stop()) && isClean;
    }
    isClean = (await this.#stopRedis()) && isClean;
    this.#leave();
    return isClean;
  }

  /** Ends all at once; Redis gets a moment to save. */
  async kill(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#roles.map((role) => role.kill()));
    this.#redisLog.hush();
    await this.#redis?.kill(REDIS_SAVE_MS);
    this.#leave();
  }

  async #endOrphans(signal: AbortSignal): Promise<void> {
    const options = { say: this.#say, signal, graceMs: ORPHAN_GRACE_MS };
    await endOrphans(readProcessTable(this.#tablePath), options);
    this.#table.erase();
  }

  /** @returns the URL of the private Redis, which now answers */
  async #startRedis(signal: AbortSignal): Promise<string> {
    const { program, version } = findRedisProgram();
    const address = { port: await freeLoopbackPort(), password: randomBytes(24).toString("hex") };
    this.#say(`starting a private Redis (${program} ${version}) on 127.0.0.1:${address.port}`);
    const spec = redisSpec(program, this.#dataFolder, address);
    this.#redis = new SupervisedProcess(spec, this.#events());
    await unlessAborted(this.#redis.start(), signal);
    return redisUrl(address);
  }

  async #provideKey(url: string, signal: AbortSignal): Promise<void> {
    const path = keyFileOf(this.#home);
    if (this.#config.AUTH === "off") this.#say("AUTH=off: nobody is asked for a key", WARN);
    else await unlessAborted(provideKey({ redisUrl: url, path, say: this.#say }), signal);
  }

  async #startRoles(url: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#say("starting gateway, worker (loads the models) and courier");
    const { HOST, PORT, LOG_LEVEL } = this.#config;
    const { root, environment: given } = this.#home;
    const MODELS_DIR = modelsFolderOf(this.#home);
    const said = { ...given, HOST, PORT: String(PORT), LOG_LEVEL, MODELS_DIR, REDIS_URL: url };
    const receivers = receiversHere(HOST, given, [PORT, ...redisPorts(url)]);
    const specs = roleSpecs(root, { ...said, ...receivers });
    this.#roles = specs.map((spec) => new SupervisedProcess(spec, this.#events()));
    await unlessAborted(Promise.all(this.#roles.map((role) => role.start())), signal);
  }

  async #stopRedis(): Promise<boolean> {
    if (this.#redis === null) return true;
    this.#say("stopping redis");
    this.#redisLog.hush();
    const isClean = await this.#redis.stop();
    if (!isClean) this.#redisLog.spill();
    return isClean;
  }

  #events(): ProcessEvents {
    return {
      spawned: (name, child) => {
        if (child.pid !== undefined) this.#table.enter(name, child.pid);
        this.#followOutput(name, child);
        if (name === "redis") this.#redisLog.hush();
      },
      ready: (name) => {
        if (name === "redis") this.#redisLog.open();
      },
      ended: (name) => {
        this.#table.remove(name);
        if (name === "redis" && !this.#isStopping) this.#redisLog.spill();
      },
      say: this.#say,
    };
  }

  #followOutput(name: string, { stdout, stderr }: ChildProcess): void {
    for (const stream of [stdout, stderr]) {
      if (stream === null) continue;
      if (name !== "redis") this.#printer.follow(name, stream);
      else {
        createInterface({ input: stream }).on("line", (line) =>
          this.#redisLog.take(redisLineToJson(line, Date.now())),
        );
      }
    }
  }

  /** The files go last: whoever takes the folder next must find nothing of ours running. */
  #leave(): void {
    if (!this.#hasLock) return;
    this.#table.erase();
    releaseLock(this.#lockPath, this.#self);
    this.#hasLock = false;
  }

  readonly #say = (text: string, level?: number): void => this.#printer.say(text, level);
}

function selfAt(url: string): Holder {
  const identity = processIdentity(process.pid);
  if (identity === null) throw new Error("cannot tell when this process started");
  return { v: 1, pid: process.pid, identity, since: new Date().toISOString(), url };
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
