import type { Redis } from "ioredis";
import type { Outcome } from "../job/outcome.ts";
import type { TerminalStatus } from "../job/view.ts";
import { keysFor } from "../redis/keys.ts";
import { asNumber, script } from "../redis/script.ts";
import { CLAIM_SECONDS } from "./accept.ts";
import { INLINE_BYTES_MAX, packFields } from "./record.ts";

const putScript = script(new URL("./put-output.lua", import.meta.url), {
  keys: ["pack", "output"],
  args: ["run", "attempt", "index", "body", "seconds"],
  reads: { readPack: packFields.pick("run", "attempt", "states") },
});

/** The end of jobs that stand side by side in a pack and ran together. */
export interface Settle {
  readonly pack: string;
  readonly attempt: number;
  /** Index of the first of them. */
  readonly first: number;
  readonly outcomes: readonly Outcome[];
}

/** Letters of states; see `record.ts`. */
const LETTERS: Readonly<Record<TerminalStatus, string>> = {
  succeeded: "S",
  failed: "F",
  canceled: "C",
  expired: "X",
};

export function letterOf(status: TerminalStatus): string {
  return LETTERS[status];
}

/** As `turn.lua` wants them: jobs of one segment have the same metrics. */
export function segmentsOf(settle: Settle): readonly Settle[] {
  const segments: Settle[] = [];
  let outcomes: Outcome[] = [];
  for (const [i, outcome] of settle.outcomes.entries()) {
    if (outcomes[0] !== undefined && metricsOf(outcomes[0]) === metricsOf(outcome)) {
      outcomes.push(outcome);
    } else {
      outcomes = [outcome];
      segments.push({ ...settle, first: settle.first + i, outcomes });
    }
  }
  return segments;
}

/** Arguments of `turn.lua`. */
export function argsOf({ pack, attempt, first, outcomes }: Settle) {
  const small = outcomes.filter((outcome) => !isLarge(outcome));
  return {
    name: pack,
    attempt,
    first,
    letters: outcomes.map(({ status }) => letterOf(status)).join(""),
    sizes: outcomes.map((it) => `${isLarge(it) ? "+" : ""}${Buffer.byteLength(it.body)}`).join(" "),
    metrics: outcomes[0] === undefined ? "" : metricsOf(outcomes[0]),
    bodies: Buffer.concat(small.map(({ body }) => Buffer.from(body))),
  };
}

/** Puts large outputs in keys of their own, from which the turn behind it makes them stay. */
export async function putOutputs(redis: Redis, run: string, settle: Settle): Promise<void> {
  const { pack, attempt, first, outcomes } = settle;
  const name = keysFor(pack).pack(pack);
  await Promise.all(
    outcomes.map(async (outcome, i) => {
      if (!isLarge(outcome)) return;
      const index = first + i;
      const output = `${name}:out${index}`;
      const { body } = outcome;
      const more = { run, attempt, index, body, seconds: CLAIM_SECONDS };
      asNumber(await putScript.run(redis, { pack: name, output, ...more }));
    }),
  );
}

/** A problem is told with its job, however large. */
function isLarge({ status, body }: Outcome): boolean {
  return status === "succeeded" && Buffer.byteLength(body) > INLINE_BYTES_MAX;
}

function metricsOf({ metrics }: Outcome): string {
  return metrics === undefined ? "" : JSON.stringify(metrics);
}
