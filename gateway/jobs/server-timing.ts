import type { JobView } from "../../shared/job/record.ts";

/** Metric of the job → name in the header, in the order of its course. */
const NAMES: Readonly<Record<string, string>> = {
  queue_ms: "queue",
  batch_wait_ms: "batch",
  decode_ms: "decode",
  inference_ms: "inference",
  total_ms: "total",
};

/**
 * The job's durations as a `Server-Timing` header, in ms.
 * @see https://www.w3.org/TR/server-timing/
 */
export function serverTiming({ metrics }: JobView): Record<string, string> {
  if (metrics === undefined) return {};
  // Written by our own settle.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const given = JSON.parse(metrics) as Readonly<Record<string, unknown>>;
  const entries = Object.entries(NAMES).flatMap(([metric, name]) => {
    const value = given[metric];
    return typeof value === "number" ? [`${name};dur=${value}`] : [];
  });
  return entries.length === 0 ? {} : { "server-timing": entries.join(", ") };
}
