import { table, wrap } from "../terminal/table.ts";
import type { Advice } from "./advice.ts";
import { PHASES, type Figures, type Percentiles, type Phase } from "./tally.ts";

const WIDTH = 80;

/** What each phase is, for a person. */
const PHASE_TEXTS: Readonly<Record<Phase, string>> = {
  queue: "queued",
  batch_wait: "waiting for a slot",
  decode: "decoding",
  inference: "inference",
  settle: "settling",
  http: "HTTP",
};

/** Figures for a person. @param head what was measured */
export function benchLines(
  head: string,
  figures: Figures,
  advice: Advice | undefined,
): readonly string[] {
  const { seconds, requests, succeeded, perSecond, rowsPerSecond, latencyMs, phasesMs } = figures;
  const rows = rowsPerSecond > perSecond * 1.001 ? ` (${rateText(rowsPerSecond)} rows)` : "";
  return [
    head,
    `${succeeded} of ${requests} succeeded in ${seconds.toFixed(1)} s: ${rateText(perSecond)} a second${rows}`,
    ...(latencyMs === undefined || phasesMs === undefined
      ? []
      : ["", ...timeTable(latencyMs, phasesMs)]),
    ...errorLines(figures),
    ...(advice === undefined ? [] : ["", ...wrap(`Advice: ${advice.text}`, WIDTH)]),
  ];
}

function timeTable(
  all: Percentiles,
  phases: Readonly<Record<Phase, Percentiles>>,
): readonly string[] {
  const rows = PHASES.map((phase) => row(`  ${PHASE_TEXTS[phase]}`, phases[phase]));
  return table([["MS", "MEAN", "P50", "P90", "P95", "P99", "MAX"], row("answer", all), ...rows], {
    width: WIDTH,
  });
}

function row(name: string, { mean, p50, p90, p95, p99, max }: Percentiles): readonly string[] {
  return [name, ...[mean, p50, p90, p95, p99, max].map(msText)];
}

function errorLines({ errors }: Figures): readonly string[] {
  const rows = Object.entries(errors).map(([code, count]) => [code, String(count)]);
  return rows.length === 0 ? [] : ["", ...table([["ERROR", "REQUESTS"], ...rows])];
}

function msText(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toFixed(ms >= 10 ? 1 : 2);
}

function rateText(rate: number): string {
  return rate >= 100 ? rate.toFixed(0) : rate.toFixed(1);
}
