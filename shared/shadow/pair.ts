import { z } from "zod";
import type { Pair } from "../endpoint/verdict/pair.ts";
import { jobMetricsSchema } from "../job/outcome.ts";
import type { JobForm, JobView } from "../job/view.ts";
import { versionComparerOf } from "../model/pipelines.ts";
import type { VersionComparer } from "../model/pipelines/versions.ts";

/** One side of a pair, as its record and its output say. */
export interface Ended {
  readonly job: Pick<JobView, "status" | "metrics" | "form" | "rows">;
  /** JSON; undefined unless it succeeded. */
  readonly output: string | undefined;
}

/** @param pipeline of the live version: its type */
export function pairOf(live: Ended, candidate: Ended, pipeline: string): Pair {
  const comparer = versionComparerOf({ type: pipeline });
  return {
    failed: { live: live.output === undefined, candidate: candidate.output === undefined },
    comparison:
      live.output === undefined || candidate.output === undefined
        ? undefined
        : compared(comparer, live.job.form, [candidate.output, live.output]),
    ranMs: ranMsOf(live, candidate),
    wrong: undefined,
  };
}

const outputsSchema = z.array(z.unknown());

/** Of several inputs the outputs agree when each does; the first difference is told, with its place. */
function compared(
  { compare }: VersionComparer,
  form: JobForm,
  [candidate, live]: readonly [candidate: string, live: string],
) {
  if (form === "one") return compare(JSON.parse(candidate), JSON.parse(live));
  const theirs = outputsSchema.parse(JSON.parse(live));
  const ours = outputsSchema.parse(JSON.parse(candidate));
  const all = theirs.map((output, index) => compare(ours[index], output));
  const first = all.findIndex(({ difference }) => difference !== undefined);
  return {
    difference: first === -1 ? undefined : `/${first}${all[first]?.difference ?? ""}`,
    largest: Math.max(0, ...all.map(({ largest }) => largest)),
  };
}

/**
 * How long either ran, where both ran alone, by sessions that were loaded. Jobs of one tensor batch all say the
 * same, so that as pairs they would make a verdict surer than it may be; and shadows run in small ones.
 */
function ranMsOf(live: Ended, candidate: Ended): Pair["ranMs"] {
  const [ours, theirs] = [aloneMs(live), aloneMs(candidate)];
  return ours === undefined || theirs === undefined ? undefined : { live: ours, candidate: theirs };
}

function aloneMs({ job: { metrics, rows } }: Ended): number | undefined {
  if (metrics === undefined) return undefined;
  const { data } = jobMetricsSchema.safeParse(JSON.parse(metrics));
  const isAlone = data !== undefined && data.batch_size === rows && !data.cold_start;
  return isAlone ? data.decode_ms + data.inference_ms : undefined;
}
