import { deviceText } from "../../../worker/score/devices.ts";
import { LINE, table, wrap } from "../../terminal/table.ts";
import type { Finding } from "./finding.ts";
import { adviceOf, adviceText } from "./gpu-advice.ts";
import { isBad, type Report, type Speed } from "./report.ts";

/** A report for a person: one section, 80 columns. */
export function reportLines(report: Report): readonly string[] {
  const { subject, findings, speed } = report;
  const bad = findings.filter(({ level }) => level === "bad").length;
  const verdict = isBad(report) ? `${bad} bad` : "ok";
  return [
    `${subject}: ${verdict}`,
    ...deviceLines(report),
    ...ranLines(report),
    ...findings.flatMap(findingLines),
    ...(speed === undefined ? [] : speedLines(speed)),
    ...besideLines(report),
  ];
}

function deviceLines({ gpu }: Report): readonly string[] {
  if (gpu === undefined) return [];
  const { device, placement } = gpu;
  const { placed = 0, all = 0 } = placement.nodes ?? {};
  return [`  ${placed} of ${all} nodes on ${device.provider}: ${deviceText(device)}`];
}

/** The CPU's figures beside those of a GPU, and which of both to take. */
function besideLines(report: Report): readonly string[] {
  const advice = adviceOf(report);
  if (advice === undefined || report.cpuSpeed === undefined) return [];
  const { provider, maxBatchSize } = advice;
  const providers = provider === "cpu" ? '["cpu"]' : `["${provider}", "cpu"]`;
  const batching =
    maxBatchSize === undefined ? "" : `, "batching": { "max_batch_size": ${maxBatchSize} }`;
  return [
    "",
    "  The CPU, one core:",
    ...speedLines(report.cpuSpeed),
    "",
    ...indented(wrap(adviceText(advice, report.gpu), LINE - 2), 2),
    `  manifest.json: "execution_providers": ${providers}${batching}`,
  ];
}

function ranLines({ goldens, neighbours }: Report): readonly string[] {
  if (goldens === undefined) return [];
  const { cases, failed } = goldens;
  return [`  ${cases - failed} of ${cases} goldens as expected; ${companyText(neighbours)}`];
}

function companyText(neighbours: Report["neighbours"]): string {
  if (neighbours === undefined) return "one golden: mixed batches not tested";
  const { batches, changed } = neighbours;
  if (batches === 0) return "rows run alone";
  return `in ${batches} mixed batches ${changed === 0 ? "none" : changed} changed`;
}

/** A finding with its fix, 80 columns. */
export function findingLines({ level, rule, place, why, fix }: Finding): readonly string[] {
  return [
    "",
    ...indented(wrap(`${level.padEnd(4)}  ${rule}: ${place}`, LINE - 2), 2),
    ...indented(wrap(why, LINE - 8), 8),
    ...indented(["fix:", ...fix.split("\n").flatMap(codeLines)], 8),
  ];
}

/** Code is kept as it is where it fits. */
function codeLines(line: string): readonly string[] {
  const lines = line.length <= LINE - 10 ? [line] : wrap(line, LINE - 10);
  return indented(lines, 2);
}

function indented(lines: readonly string[], columns: number): readonly string[] {
  return lines.map((line) => " ".repeat(columns) + line);
}

function speedLines({ measured, maxBatchSize, proposed }: Speed): readonly string[] {
  const rows = measured.map(({ batchSize, rowsPerSecond, worstRowsPerSecond, batchMs }) => [
    String(batchSize),
    rounded(rowsPerSecond),
    rounded(worstRowsPerSecond),
    batchMs.toFixed(batchMs < 10 ? 2 : 0),
    [
      ...(batchSize === maxBatchSize ? ["manifest"] : []),
      ...(batchSize === proposed ? ["proposed"] : []),
    ].join(", "),
  ]);
  const lines = table([["BATCH", "ROWS/S", "WORST ROUND", "MS", ""], ...rows], {
    width: LINE - 2,
  });
  return ["", ...indented(lines, 2), ...(isBusy(measured) ? BUSY : [])];
}

/** Rounds of at least half of the sizes are further apart than a third. */
function isBusy(measured: Speed["measured"]): boolean {
  const apart = measured.filter((it) => it.worstRowsPerSecond < it.rowsPerSecond * (2 / 3));
  return apart.length >= measured.length / 2;
}

const BUSY = [
  "",
  "  Rounds differ by a third and more: the machine is busy, the proposal a guess.",
];

function rounded(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}
