import type { ModelVersion } from "../../../shared/model/registry.ts";
import { finderAt, type Finding } from "./finding.ts";
import { GIVEN_UP, TIMEOUT_SHARE } from "./propose.ts";
import type { Speed } from "./report.ts";

/**
 * Where a manifest's `max_batch_size` comes near to `run_timeout_ms` or costs speed. Slower is what
 * was slower in its best round than the proposed size in its worst: less says a busy machine.
 */
export function speedFindings(
  { measured, maxBatchSize, proposed }: Speed,
  { manifest }: Pick<ModelVersion, "manifest">,
): readonly Finding[] {
  const boundMs = manifest.run_timeout_ms * TIMEOUT_SHARE;
  const found = (place: string, why: string, fix: string): Finding[] => [
    finderAt("batch-size", place)("note", why, fix),
  ];
  if (proposed === undefined) {
    const ms = Math.round(measured[0]?.batchMs ?? 0);
    return found(
      "run_timeout_ms",
      `A batch of one row takes ${ms} ms, more than a tenth of ${manifest.run_timeout_ms} ms.`,
      `manifest.json: "run_timeout_ms": ${Math.ceil(ms / TIMEOUT_SHARE / 1000) * 1000}`,
    );
  }
  const mine = measured.find(({ batchSize }) => batchSize === maxBatchSize);
  const theirs = measured.find(({ batchSize }) => batchSize === proposed);
  const fix = `manifest.json: "batching": { "max_batch_size": ${proposed} }`;
  if (mine === undefined || mine.batchMs > boundMs) {
    const why = `A batch of ${maxBatchSize} rows takes more than a tenth of run_timeout_ms, ${boundMs} ms.`;
    return found("max_batch_size", why, fix);
  }
  if (theirs === undefined || mine.rowsPerSecond >= theirs.worstRowsPerSecond) return [];
  const percent = Math.round((100 * mine.rowsPerSecond) / theirs.rowsPerSecond);
  if (percent >= 100 * (1 - GIVEN_UP)) return [];
  const why = `Batches of ${maxBatchSize} score ${percent} % of the rows per second that batches of ${proposed} do.`;
  return found("max_batch_size", why, fix);
}
