import { adviceOf } from "./gpu-advice.ts";
import { isBad, type Report, type Speed } from "./report.ts";

/** A report for programs: members in snake case, null for what was not done. */
export function reportJson(report: Report): object {
  const { subject, findings, goldens, neighbours, speed, gpu, cpuSpeed } = report;
  const advice = adviceOf(report);
  return {
    model: subject,
    ok: !isBad(report),
    findings,
    goldens: goldens ?? null,
    neighbours: neighbours ?? null,
    speed: speedJson(speed),
    gpu: gpu === undefined ? null : { ...gpu.device, runs_on: gpu.placement },
    cpu_speed: speedJson(cpuSpeed),
    advice:
      advice === undefined
        ? null
        : {
            provider: advice.provider,
            max_batch_size: advice.maxBatchSize ?? null,
            times_the_cpu: advice.ratio,
          },
  };
}

function speedJson(speed: Speed | undefined): object | null {
  if (speed === undefined) return null;
  return {
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
  };
}
