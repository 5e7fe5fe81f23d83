import type { Redis } from "ioredis";
import { failpoint } from "../failpoint.ts";
import type { Outcome } from "../job/outcome.ts";
import { asOneOf, script } from "../redis/script.ts";
import { letterOf } from "./ends.ts";
import { packFields, seatFields } from "./record.ts";
import { seat, seatArgs } from "./seat.ts";
import { endingJobs } from "./settle.ts";

const endScript = script(new URL("./end.lua", import.meta.url), {
  behind: [...endingJobs, seat],
  keys: ["pack", "ownPack"],
  args: ["index", "tenant", "attempt", "ending", "problem"],
  writes: { PACK: packFields, SEAT: seatFields },
});

/** `late`: the job had ended before. */
export type EndVerdict = (typeof verdicts)[number];

const verdicts = ["ended", "late", "missing"] as const;

/** An end that no run makes. */
export interface End {
  readonly id: string;
  readonly tenant: string;
  /** The last that is known of; what was retried since goes on. Undefined: whichever it is. */
  readonly attempt?: number;
  /** A small one. */
  readonly outcome: Outcome;
}

/** Ends a job, waiting or running, unless it has ended: what its run still puts out is discarded. */
export async function endJob(
  redis: Redis,
  { id, tenant, attempt, outcome }: End,
): Promise<EndVerdict> {
  const reply = await endScript.run(redis, {
    ...seatArgs(id, tenant),
    attempt: attempt ?? "",
    ending: letterOf(outcome.status),
    problem: outcome.body,
  });
  failpoint("settled");
  return asOneOf(reply, verdicts);
}
