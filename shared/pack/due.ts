import type { Redis } from "ioredis";
import { overdueOutcome, unpackLimits, type Overdue } from "../job/limits.ts";
import type { Outcome } from "../job/outcome.ts";
import type { TerminalStatus } from "../job/view.ts";
import type { ErrorCode } from "../error.ts";
import { parseLane, type Lane } from "../lane.ts";
import { failpoint } from "../failpoint.ts";
import { dueMembers } from "../redis/due-members.ts";
import { keysForPack, workKeys } from "../redis/keys.ts";
import { asList, asNumber, asOneOf, script } from "../redis/script.ts";
import { packFields, seatFields } from "./record.ts";
import { endingJobs } from "./settle.ts";

const overdueScript = script(new URL("./overdue.lua", import.meta.url), {
  behind: endingJobs,
  keys: ["pack", "due"],
  args: ["name", "startProblem", "totalProblem"],
  reads: {
    readTimes: packFields.pick(
      "states",
      "lane",
      "createdAtMs",
      "queuedAtMs",
      "stoodMs",
      "startedAtMs",
      "limits",
    ),
  },
  writes: { SEAT: seatFields },
});

/** Jobs that ended together, and for one reason. */
export interface EndedJobs {
  readonly lane: Lane;
  readonly status: TerminalStatus;
  readonly code: ErrorCode | undefined;
  readonly count: number;
}

/** For one call, in ms: the courier has more to do. */
const BUDGET_MS = 200;
const PACKS_A_LOOK = 256;
/** Calls under way at a time: what others ask of Redis comes in between. */
const CALLS = 8;

/**
 * Ends the jobs whose deadline to start or in all has passed, whether or not a worker lives, pack by pack and
 * within a budget of time: what is left comes with the next call.
 *
 * @param onEnded told of those of each pack
 * @returns how many jobs ended here
 * @throws when one could not be looked at, after all others have been
 */
export async function endOverdue(
  redis: Redis,
  onEnded: (ended: EndedJobs) => void = () => {},
): Promise<number> {
  const untilMs = performance.now() + BUDGET_MS;
  let ended = 0;
  const failures: unknown[] = [];
  while (performance.now() < untilMs) {
    const { members } = await dueMembers(redis, workKeys.due, PACKS_A_LOOK);
    for (let i = 0; i < members.length; i += CALLS) {
      const packs = members.slice(i, i + CALLS);
      for (const look of await Promise.allSettled(packs.map(async (it) => endPack(redis, it)))) {
        if (look.status === "rejected") failures.push(look.reason);
        else if (look.value !== undefined) {
          ended += look.value.count;
          onEnded(look.value);
        }
      }
      // Behind a step, never before it: where a look alone takes that long, something ends all the same.
      if (performance.now() >= untilMs) break;
    }
    if (members.length < PACKS_A_LOOK) break;
  }
  if (failures.length > 0) throw failures[0];
  return ended;
}

/** @returns undefined when nothing of it ended */
async function endPack(redis: Redis, name: string): Promise<EndedJobs | undefined> {
  const keys = keysForPack(name);
  const { limits: limitsField, lane: laneField } = packFields.letters;
  const [limitsText, lane] = await redis.hmget(keys.pack(name), limitsField, laneField);
  // They never change, so that it does not matter what becomes of the pack meanwhile.
  const limits = limitsText ? unpackLimits(limitsText) : undefined;
  const outcomeOf = (passed: Overdue): Outcome | undefined =>
    limits && overdueOutcome(passed, limits);
  const reply = await overdueScript.run(redis, {
    pack: keys.pack(name),
    due: keys.due,
    name,
    startProblem: outcomeOf("start")?.body ?? "",
    totalProblem: outcomeOf("total")?.body ?? "",
  });
  failpoint("overdue ended");
  const [passed, count] = asList(reply);
  const word = asOneOf(passed, ["start", "total", ""]);
  const outcome = word === "" ? undefined : outcomeOf(word);
  if (outcome === undefined || !lane) return undefined;
  const { status, code } = outcome;
  return { lane: parseLane(lane), status, code, count: asNumber(count) ?? 0 };
}
