import { isBad, type Report } from "./report.ts";

/** A report for programs: members in snake case, null for what was not done. */
export function reportJson(report: Report): object {
  const { subject, findings, goldens, neighbours, speed } = report;
  return {
    model: subject,
    ok: !isBad(report),
    findings,
    goldens: goldens ?? null,
    neighbours: neighbours ?? null,
    speed:
      speed === undefined
        ? null
        : {
            max_batch_size: speed.maxBatchSize,
            proposed_max_batch_size: speed.proposed ?? null,
            batches: speed.measured.map(
              ({ batchSize, runs, rowsPerSecond, worstRowsPerSecond, batchMs }) => ({
                batch_size: batchSize,
                runs,
                rows_per_second: rowsPerSecond,
                worst_rows_per_second: worstRowsPerSecond,
                batch_ms: batchMs,
              }),
            ),
          },
  };
}
