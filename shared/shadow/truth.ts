import { counterFields, incrementsOfTruth } from "../endpoint/verdict/counters.ts";
import type { BothSides } from "../endpoint/verdict/pair.ts";
import { DELETED, type JobView } from "../job/view.ts";
import { versionComparerOf } from "../model/pipelines.ts";
import { areRight } from "../model/pipelines/versions.ts";
import type { ComparedShadow } from "../pack/label.ts";
import { readJobs } from "../pack/read.ts";
import { seatFields } from "../pack/record.ts";
import { seat } from "../pack/seat.ts";
import type { Redis } from "../redis/connection.ts";
import { script } from "../redis/script.ts";
import { comparisonKey, seatKeys } from "./comparisons.ts";
import { SHADOW_TENANT } from "./parent.ts";

const truthScript = script(new URL("./count-truth.lua", import.meta.url), {
  behind: [seat],
  keys: ["pack", "ownPack", "comparison"],
  args: ["index", "tenant", "shadow", "cell", "label"],
  writes: { SEAT: seatFields, COMPARISON: counterFields.pick("begun") },
});

/** What somebody has said of a job, and the shadows that were compared with it. */
export interface Truth {
  readonly live: JobView;
  /** Of the live version: its type. */
  readonly pipeline: string;
  /** As it is kept with the job, JSON. */
  readonly label: string;
  readonly compared: readonly ComparedShadow[];
}

/** Counts who was right, of each pair whose outputs are still kept. Doing it again changes nothing. */
export async function countTruth(redis: Redis, truth: Truth): Promise<void> {
  const { live, label, compared } = truth;
  const { via } = live;
  if (via === undefined || compared.length === 0) return;
  const asked = compared.map(({ id }) => ({ id, tenant: SHADOW_TENANT, mode: "read" as const }));
  const shadows = await readJobs(redis, "", asked);
  for (const [i, { id, shadow }] of compared.entries()) {
    const candidate = shadows[i];
    if (candidate === undefined || candidate === DELETED) continue;
    const wrong = wrongOf(truth, candidate);
    if (wrong === undefined) continue;
    const { endpoint, variant } = via;
    const name = { endpoint, variant, shadow, live: live.model, candidate: candidate.model };
    for (const cell of incrementsOfTruth(wrong).keys()) {
      const comparison = comparisonKey(name);
      const { tenant } = live;
      await truthScript.run(redis, {
        ...seatKeys(live.id),
        comparison,
        tenant,
        shadow: id,
        cell,
        label,
      });
    }
  }
}

/** @returns undefined when an output is not at hand: it has a key of its own, or is gone */
function wrongOf(
  { live, pipeline, label }: Truth,
  candidate: JobView,
): BothSides<boolean> | undefined {
  const comparer = versionComparerOf({ type: pipeline });
  const truth: unknown = JSON.parse(label);
  const isWrong = ({ status, output }: JobView): boolean | undefined => {
    if (status === "failed") return true;
    if (output === undefined) return undefined;
    return !areRight(comparer, JSON.parse(output), { truth, isList: live.form === "many" });
  };
  const [ours, theirs] = [isWrong(live), isWrong(candidate)];
  return ours === undefined || theirs === undefined ? undefined : { live: ours, candidate: theirs };
}
