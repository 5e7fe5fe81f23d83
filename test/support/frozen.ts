import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import type { Role } from "./system.ts";
import { until } from "./until.ts";

/**
 * Holds the world: no process of ours sends anything, and Redis has done all that was sent. Between
 * two commands of them it may be any instant. They go on when `look` has returned.
 *
 * @param redis a client of nobody else
 */
export async function whileFrozen<T>(
  roles: readonly Role[],
  redis: Redis,
  look: () => Promise<T>,
): Promise<T> {
  const alive = roles.filter((role) => !role.hasExited);
  for (const { child } of alive) child.kill("SIGSTOP");
  try {
    await until("all are stopped", () => alive.every(isStopped));
    let before = await commandsOf(redis);
    await until("Redis has nothing to do", async () => {
      const now = await commandsOf(redis);
      const isQuiet = now === before + 1;
      before = now;
      return isQuiet;
    });
    return await look();
  } finally {
    for (const { child } of alive) child.kill("SIGCONT");
  }
}

/** Also one that was killed meanwhile. */
function isStopped({ pid }: Role): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return /\) [TtZX] /.test(stat);
  } catch {
    return true;
  }
}

/** All that Redis has done so far; asking counts as one. */
async function commandsOf(redis: Redis): Promise<number> {
  const stats = await redis.info("stats");
  return Number(/^total_commands_processed:(\d+)/m.exec(stats)?.[1]);
}
