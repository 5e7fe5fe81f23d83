import { isClean, type Sample } from "../measure/sample.ts";
import type { Place, Results } from "./results.ts";
import { median, numberText, spreadText } from "./statistics.ts";

/** Rows of cells, the first of which is the head. */
export type Table = readonly (readonly string[])[];

export function markdownTable([head = [], ...rows]: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Every arm at every number of clients. @param reference arm that ratios are to */
export function closedTable(results: Results, workload: string, reference: string): Table {
  const head = ["clients", "arm", "req/s", `÷ ${reference}`, "p50 ms", "p99 ms"];
  const rest = ["CPU µs a request", "commands", "bytes", "notes"];
  const rows = results.amounts("closed").flatMap((clients) =>
    results.arms.flatMap((arm) => {
      const place = { arm, workload, step: `closed-${clients}` };
      if (results.samples(place).length === 0) return [];
      return [[String(clients), arm, ...loadCells(results, place, reference)]];
    }),
  );
  return [[...head, ...rest], ...rows];
}

function loadCells(results: Results, place: Place, reference: string): readonly string[] {
  const figure = (name: string, digits: number): string =>
    spreadText(results.figures(place, name), digits);
  const samples = results.samples(place);
  return [
    figure("rate", 0),
    spreadText(results.ratios(place, { ...place, arm: reference }), 2),
    figure("p50Ms", 2),
    figure("p99Ms", 1),
    cpuText(samples),
    numberText(median(results.figures(place, "commands")), 2),
    numberText(median(results.figures(place, "bytes")), 0),
    notesOf(samples),
  ];
}

/** Latency at rates that do not depend on how fast an arm answers. */
export function openTable(results: Results, workload: string): Table {
  const head = [
    "asked req/s",
    "arm",
    "answered req/s",
    "p50 ms",
    "p99 ms",
    "sent late ms",
    "notes",
  ];
  const rows = results.amounts("open").flatMap((rate) =>
    results.arms.flatMap((arm) => {
      const place = { arm, workload, step: `open-${rate}` };
      const samples = results.samples(place);
      if (samples.length === 0) return [];
      const figure = (name: string, digits: number): string =>
        spreadText(results.figures(place, name), digits);
      const times = [figure("p50Ms", 2), figure("p99Ms", 1), figure("lateMs", 2)];
      return [[String(rate), arm, figure("rate", 0), ...times, notesOf(samples)]];
    }),
  );
  return [head, ...rows];
}

/** What is neither a closed nor an open loop: each figure in a row of its own. */
export function otherTable(results: Results): Table {
  const rows = results.places
    .filter(({ step }) => !/^(?:closed|open)-/.test(step))
    .flatMap((place) => {
      const samples = results.samples(place);
      const names = Object.keys(samples[0]?.figures ?? {});
      return names.map((name, i) => [
        place.step,
        place.workload,
        place.arm,
        name,
        spreadText(results.figures(place, name), 1),
        ...(i === 0 ? [cpuText(samples), notesOf(samples)] : ["", ""]),
      ]);
    });
  return [["step", "model", "arm", "figure", "value", "CPU µs each", "notes"], ...rows];
}

/** Medians: the sum, then each process; the load generator is told, but not in the sum. */
export function cpuText(samples: readonly Sample[]): string {
  const { generator, ...servers } = cpuMedians(samples);
  const sum = Object.values(servers).reduce((total, it) => total + it, 0);
  const parts = Object.entries(servers)
    .filter(([, micros]) => micros >= 0.5)
    .map(([name, micros]) => `${name} ${numberText(micros, 0)}`);
  const beside = generator === undefined ? "" : ` (generator ${numberText(generator, 0)})`;
  return `${numberText(sum, 0)}: ${parts.join(", ")}${beside}`;
}

/** CPU µs a request by process. */
export function cpuMedians(samples: readonly Sample[]): Readonly<Record<string, number>> {
  const names = new Set(samples.flatMap(({ cpuMicros }) => Object.keys(cpuMicros)));
  return Object.fromEntries(
    [...names].map((name) => [name, median(samples.map(({ cpuMicros }) => cpuMicros[name] ?? 0))]),
  );
}

/** What a reader must know before believing the samples. */
function notesOf(samples: readonly Sample[]): string {
  const disturbed = samples.filter((sample) => !isClean(sample));
  const cores = Math.max(0, ...disturbed.map(({ foreignCores }) => foreignCores));
  const refused = samples.reduce((sum, sample) => sum + sample.refused, 0);
  const wrong = samples.reduce((sum, sample) => sum + sample.wrong, 0);
  const notes = [
    ...(disturbed.length === 0
      ? []
      : [`${disturbed.length} of ${samples.length} not clean, ${numberText(cores, 2)} cores`]),
    ...(refused === 0 ? [] : [`${refused} refused or lost`]),
    ...(wrong === 0 ? [] : [`**${wrong} WRONG**`]),
  ];
  return notes.join("; ");
}
