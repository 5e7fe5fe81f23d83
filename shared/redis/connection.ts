import type { Redis, RedisOptions } from "ioredis";
import { type Logger, reasonOf } from "../log.ts";
import type { Service } from "../service.ts";
import { ConnectionGroup } from "./connection-group.ts";
import { infoField } from "./info.ts";
import { FORGETS, MAY_FORGET, readLogReplay } from "./log-replay.ts";

export type { Redis };

export interface ConnectionOptions {
  readonly url: string;
  readonly logger: Logger;
  /** Shown by `CLIENT LIST`. */
  readonly name: string;
  /** The process's other connections, when there are any. */
  readonly group?: ConnectionGroup;
}

/**
 * For requests somebody waits on: fails at once while Redis is away instead of queueing in memory,
 * and gives up on a reply after 5 s.
 */
export function connectForRequests(options: ConnectionOptions): Redis {
  return connect(options, {
    enableOfflineQueue: false,
    commandTimeout: 5000,
    socketTimeout: 6000, // a peer that fell silent without closing: connect again
    maxRetriesPerRequest: 1,
  });
}

/** Without a word for this long while a command waits, a connection is dead, in ms. */
const LOOP_SILENT_MS = 20_000; // BullMQ's blocking reads return within 10 s

/**
 * For loops that outlive outages: BullMQ workers, subscriptions. Commands wait for Redis, and go out
 * again on a new connection when the old one fell silent without closing.
 */
export function connectForLoops(options: ConnectionOptions): Redis {
  return connect(options, { maxRetriesPerRequest: null, socketTimeout: LOOP_SILENT_MS });
}

function connect(
  { url, logger, name, group = new ConnectionGroup(logger) }: ConnectionOptions,
  extra: Omit<RedisOptions, "replyMapping">,
): Redis {
  // Its name is enough: our users of Redis may not say what library they are (CLIENT SETINFO).
  const kept = { lazyConnect: true, disableClientInfo: true };
  const options = { ...kept, connectionName: `scoreline-${name}`, ...extra };
  const redis = group.connect(url, options);
  logOutages(redis, logger);
  return redis;
}

/** One line when it goes and one when it is back; what happens in between is for `debug`. */
function logOutages(redis: Redis, logger: Logger): void {
  let lostAtMs: number | undefined; // of the monotonic clock
  redis.on("close", () => {
    if (lostAtMs !== undefined || redis.status === "end") return;
    lostAtMs = performance.now();
    logger.warn("Redis connection lost, connecting again");
  });
  redis.on("ready", () => {
    if (lostAtMs !== undefined) {
      const ms = Math.round(performance.now() - lostAtMs);
      logger.info({ ms }, "Redis connection back");
    }
    lostAtMs = undefined;
  });
  redis.on("error", (error: Error) => logger.debug({ reason: reasonOf(error) }, "redis"));
}

/** Connects in order, checks what the guarantees rest on, and closes last. */
export class RedisService implements Service {
  readonly name = "redis";
  readonly #connections: readonly Redis[];
  readonly #logger: Logger;
  readonly #check: (redis: Redis) => Promise<void>;
  #begun: Promise<void> | undefined;
  #isStopped = false;

  /** @param check of what is stored; when it fails, so does the start */
  constructor(
    connections: readonly Redis[],
    logger: Logger,
    check: (redis: Redis) => Promise<void> = async () => {},
  ) {
    this.#connections = connections;
    this.#logger = logger;
    this.#check = check;
  }

  async start(): Promise<void> {
    if (this.#isStopped) return;
    await (this.#begun ??= this.#begin());
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const redis of this.#connections) redis.disconnect();
  }

  async #begin(): Promise<void> {
    await Promise.all(this.#connections.map(async (redis) => connectOnce(redis)));
    const [first] = this.#connections;
    if (first === undefined) return;
    await checkServer(first, this.#logger);
    await this.#check(first);
  }
}

const REMEDY =
  "Start it there, or set REDIS_URL to where it is. Without REDIS_URL, `npm start` brings one of its own.";

/** A start that cannot reach Redis says so in a sentence, and does not try for ever. */
async function connectOnce(redis: Redis): Promise<void> {
  let reason = "";
  const note = (error: Error): void => void (reason = reasonOf(error));
  redis.on("error", note);
  try {
    await redis.connect();
  } catch {
    const { host, port } = redis.options;
    throw new Error(`cannot reach Redis at ${host}:${port}: ${reason}. ${REMEDY}`);
  } finally {
    redis.off("error", note);
  }
}

/**
 * @throws when Redis may evict keys: an accepted job would be lost without a word. Managed servers
 *   that hide `maxmemory_policy` are taken on trust.
 */
async function checkServer(redis: Redis, logger: Logger): Promise<void> {
  const info = await redis.info();
  const field = (name: string): string | undefined => infoField(info, name);
  const policy = field("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    throw new Error(`Redis has maxmemory-policy ${policy}; Scoreline needs noeviction`);
  }
  const facts = { version: field("redis_version"), aof: field("aof_enabled") === "1" };
  if (!facts.aof)
    logger.warn(facts, "Redis has no append-only file: a restart loses accepted jobs");
  else logger.info(facts, "redis");
  const replay = await readLogReplay(redis, info);
  if (replay === "forgotten") logger.error(FORGETS);
  if (replay === "unknown") logger.warn(MAY_FORGET);
}
