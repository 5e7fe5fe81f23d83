import type { Redis } from "ioredis";
import { asList, asNumber, asText, script } from "./script.ts";

const dueScript = script(new URL("./due-members.lua", import.meta.url), {
  keys: ["due"],
  /** `sinceMs`: how long it must have come. */
  args: ["sinceMs", "most"],
});

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
  const reply = await dueScript.run(redis, { due: name, sinceMs, most });
  const [now, members] = asList(reply);
  return {
    members: asList(members).map((member) => asText(member) ?? ""),
    nowMs: asNumber(now) ?? 0,
  };
}
