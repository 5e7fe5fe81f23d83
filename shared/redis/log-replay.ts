import type { Redis } from "ioredis";
import { controlKeys as keys } from "./keys.ts";
import { infoField } from "./info.ts";

/**
 * What becomes of the writes of scripts when Redis loads its append-only file: `forgotten` when the
 * default user may not do them, as which Redis loads from 7.0 on; `unknown` when we may not ask.
 */
export type LogReplay = "kept" | "forgotten" | "unknown";

/** What operators have to do about `forgotten`, and what it is. */
export const FORGETS =
  "a restart of this Redis may forget nearly all jobs: its default user lacks rights, and Redis loads its " +
  "append-only file as that user. ACL SETUSER default off resetpass ~* &* +@all, and in its aclfile";
export const MAY_FORGET =
  "whether a restart of this Redis forgets jobs cannot be told: our user may not ask by ACL DRYRUN. " +
  "Grant it +acl|dryrun, or see that the default user has ~* &* +@all";

const MAJOR_FIRST = 7;

/** A write of each type, and the ends that keys come to. What type the key is of does not matter. */
const KEY = keys.job("any");
const WRITES: readonly (readonly [string, ...string[]])[] = [
  ["HSET", KEY, "field", "value"],
  ["SET", KEY, "value"],
  ["ZADD", KEY, "1", "member"],
  ["SADD", KEY, "member"],
  ["RPUSH", KEY, "element"],
  ["XADD", KEY, "*", "field", "value"],
  ["PEXPIREAT", KEY, "1"],
  ["UNLINK", KEY],
];

/**
 * Asks by `ACL DRYRUN`, which answers yes or no. `ACL GETUSER` would tell as much, but whoever may use
 * it reads the hashes of all passwords; our roles must not.
 *
 * @param info of Redis
 */
export async function readLogReplay(redis: Redis, info: string): Promise<LogReplay> {
  const major = Number.parseInt(infoField(info, "redis_version") ?? "", 10);
  if (infoField(info, "aof_enabled") !== "1" || major < MAJOR_FIRST) return "kept";
  try {
    const answers = await Promise.all(
      WRITES.map(async (write) => redis.call("ACL", "DRYRUN", "default", ...write)),
    );
    return answers.every((answer) => answer === "OK") ? "kept" : "forgotten";
  } catch {
    // Not granted to us, or not there in a managed service.
    return "unknown";
  }
}
