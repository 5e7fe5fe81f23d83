import type { Redis } from "ioredis";
import { asList, asNumber, asText, Script } from "./script.ts";

const script = new Script(new URL("./due-members.lua", import.meta.url));

/** Of a sorted set by times in ms. */
export interface Due {
  readonly members: readonly string[];
  /** The time at which they were due. */
  readonly nowMs: number;
}

/** @param sinceMs for how long they must have been due already, in ms */
export async function dueMembers(
  redis: Redis,
  name: string,
  most: number,
  sinceMs = 0,
): Promise<Due> {
  const [now, members] = asList(await script.run(redis, [name], [sinceMs, most]));
  return {
    members: asList(members).map((member) => asText(member) ?? ""),
    nowMs: asNumber(now) ?? 0,
  };
}
