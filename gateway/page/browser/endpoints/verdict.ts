import type { ComparisonList } from "../../../endpoints/comparisons.ts";
import type { EndpointJson } from "../../../endpoints/endpoint-json.ts";
import { count, duration, figure, percent } from "../app/figures.ts";

export type Comparison = ComparisonList["data"][number];
/** What a comparison has of figures, also that of a replay. */
export type Report = Pick<
  Comparison,
  "verdict" | "reasons" | "pairs" | "errors" | "failures" | "agreement" | "latency"
>;
export type Limits = EndpointJson["compare"];

/** A line of the table below a verdict. */
export interface FigureRow {
  readonly name: string;
  readonly live: string;
  readonly candidate: string;
  readonly difference: string;
  /** Where the truth is. */
  readonly interval: string;
  /** What the endpoint asks for. */
  readonly limit: string;
  readonly pairs: string;
}

/** The figures that there are, in the order in which they count. */
export function figureRows(report: Report, limits: Limits): readonly FigureRow[] {
  const rows = [
    pairedRow("Wrong", report.errors, limits),
    pairedRow("Failed", report.failures, limits),
    agreementRow(report, limits),
    latencyRow(report, limits),
  ];
  return rows.filter((row) => row !== undefined);
}

function pairedRow(
  name: string,
  paired: Report["failures"],
  { error_max: most }: Limits,
): FigureRow | undefined {
  if (paired === null) return undefined;
  const { live, candidate, difference, pairs } = paired;
  return {
    name,
    live: percent(live.share),
    candidate: percent(candidate.share),
    difference: signed(difference.share),
    interval: difference.interval.map(signed).join(" to "),
    limit: `at most +${percent(most)}`,
    pairs: count(pairs),
  };
}

function agreementRow({ agreement }: Report, limits: Limits): FigureRow | undefined {
  if (agreement === null) return undefined;
  return {
    name: "Agrees",
    live: "–",
    candidate: percent(agreement.share),
    difference: "–",
    interval: agreement.interval.map(percent).join(" to "),
    limit: limits.judge_by === "truth" ? "not judged" : `at least ${percent(limits.agreement_min)}`,
    pairs: count(agreement.pairs),
  };
}

function latencyRow({ latency }: Report, { p95_ratio_max: most }: Limits): FigureRow | undefined {
  if (latency === null) return undefined;
  const [low, high] = latency.interval;
  return {
    name: "Runs, p95",
    live: duration(latency.live_p95_ms),
    candidate: duration(latency.candidate_p95_ms),
    difference: times(latency.p95_ratio),
    interval: `${times(low)} to ${high === null ? "?" : times(high)}`,
    limit: `at most ${times(most)}`,
    pairs: count(latency.pairs),
  };
}

function signed(share: number): string {
  return share < 0 ? `−${percent(-share)}` : share === 0 ? percent(0) : `+${percent(share)}`;
}

function times(ratio: number): string {
  return `× ${figure(Number(ratio.toPrecision(3)))}`;
}
