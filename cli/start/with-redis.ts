import { createLogger } from "../../shared/log.ts";
import { connectForRequests, type Redis } from "../../shared/redis/connection.ts";
import { CommandError } from "../terminal/command.ts";

/**
 * Works with a Redis over a connection of its own.
 *
 * @throws {CommandError} when it cannot be reached; the URL's password is not shown
 */
export async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const logger = createLogger("launcher", "silent");
  const redis = connectForRequests({ url, logger, name: "launcher" });
  try {
    await redis.connect();
    return await work(redis);
  } catch (cause) {
    if (redis.status === "ready") throw cause;
    const remedy = "start it there, or set REDIS_URL to where it is";
    throw new CommandError(`cannot reach Redis at ${new URL(url).host}: ${remedy}`, { cause });
  } finally {
    redis.disconnect();
  }
}
