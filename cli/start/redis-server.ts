import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CommandError } from "../terminal/command.ts";
import { withRedis } from "./with-redis.ts";
import type { ProcessSpec } from "./supervised-process.ts";

const POLL_MS = 50;
/** Generous, because a Redis that loads a long log is busy, not broken. */
const READY_MS = 600_000;
const GRACE_MS = 60_000;

/** Where a private Redis listens and what it wants to hear. */
export interface RedisAddress {
  readonly port: number;
  readonly password: string;
}

/** The URL the roles connect with. */
export function redisUrl({ port, password }: RedisAddress): string {
  return `redis://:${password}@127.0.0.1:${port}/0`;
}

/**
 * Finds the server program.
 *
 * @returns its name and version
 * @throws {CommandError} when neither server is installed
 */
export function findRedisProgram(): { program: string; version: string } {
  for (const program of ["redis-server", "valkey-server"]) {
    const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
    if (status === 0) return { program, version: /v=(\S+)/.exec(stdout)?.[1] ?? "unknown" };
  }
  throw new CommandError(
    "there is no redis-server or valkey-server in the PATH. Run `npm run setup`, or set REDIS_URL.",
  );
}

/**
 * A Redis of our own in the data folder, on the loopback address. Its password stands in a file
 * that only this user can read, never in the command line, which every user of the machine sees.
 */
export function redisSpec(program: string, dataFolder: string, address: RedisAddress): ProcessSpec {
  const configPath = join(dataFolder, "redis.conf");
  return {
    name: "redis",
    launch: () => {
      rmSync(configPath, { force: true });
      writeFileSync(configPath, redisConfig(dataFolder, address), { mode: 0o600 });
      return spawn(program, [configPath], { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    },
    untilReady: (_child: ChildProcess, ended: AbortSignal) => untilAnswers(address, ended),
    readyMs: READY_MS,
    graceMs: GRACE_MS,
  };
}

/** The text of `redis.conf`. */
export function redisConfig(dataFolder: string, { port, password }: RedisAddress): string {
  const settings = [
    ["bind", "127.0.0.1"],
    ["port", String(port)],
    ["requirepass", password],
    ["dir", quote(dataFolder)],
    // Every accepted job is in the log within a second; snapshots would only cost memory.
    ["appendonly", "yes"],
    ["appendfsync", "everysec"],
    ["save", '""'],
    // A queue must refuse rather than forget.
    ["maxmemory-policy", "noeviction"],
    // Records with inputs of up to 8 KB stay in the compact encoding: half the memory per job.
    ["hash-max-listpack-value", "8192"],
    ["loglevel", "warning"],
  ];
  return settings.map(([name, value]) => `${name} ${value}\n`).join("");
}

function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

async function untilAnswers(address: RedisAddress, ended: AbortSignal): Promise<void> {
  while (!(await answersPing(address))) await delay(POLL_MS, undefined, { signal: ended });
}

/** LOADING and a refused connection both mean: not yet. */
async function answersPing(address: RedisAddress): Promise<boolean> {
  try {
    return (await withRedis(redisUrl(address), async (redis) => redis.ping())) === "PONG";
  } catch {
    return false;
  }
}
