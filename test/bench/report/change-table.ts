import type { Results } from "./results.ts";
import { spreadText } from "./statistics.ts";
import type { Table } from "./tables.ts";

const FIGURES = [
  ["req/s", "rate"],
  ["p50", "p50Ms"],
  ["p99", "p99Ms"],
  ["commands", "commands"],
  ["bytes", "bytes"],
] as const;
const PROCESSES = ["gateway", "redis", "runner", "worker", "courier"] as const;

/** What this checkout costs more than the other: ours ÷ against, round by round. */
export function changeTable(results: Results, workload: string): Table {
  const head = ["clients", ...FIGURES.map(([title]) => title)];
  const rows = results.amounts("closed").map((clients) => {
    const step = `closed-${clients}`;
    const [own, other] = [
      { arm: "ours", workload, step },
      { arm: "against", workload, step },
    ];
    const figures = FIGURES.map(([, name]) => spreadText(results.ratios(own, other, name), 3));
    const cpu = PROCESSES.map((name) => {
      const theirs = results.samples(other);
      const ratios = results
        .samples(own)
        .map(({ cpuMicros }, i) => (cpuMicros[name] ?? NaN) / (theirs[i]?.cpuMicros[name] ?? NaN));
      return spreadText(ratios, 2);
    });
    return [String(clients), ...figures, ...cpu];
  });
  return [[...head, ...PROCESSES.map((name) => `CPU ${name}`)], ...rows];
}
