import type { Results } from "./results.ts";
import { median } from "./statistics.ts";
import { linePlot, type Line } from "./svg.ts";

interface Axis {
  readonly step: "closed" | "open";
  readonly figure: string;
  readonly title: string;
  readonly x: string;
  readonly y: string;
}

const AXES: Readonly<Record<string, Axis>> = {
  throughput: {
    step: "closed",
    figure: "rate",
    title: "closed loop",
    x: "clients",
    y: "requests/s",
  },
  latency: {
    step: "open",
    figure: "p99Ms",
    title: "open loop, Poisson arrivals",
    x: "requests/s asked for",
    y: "p99, ms",
  },
};

/** SVG texts by file name: for each model what was measured enough of. */
export function plotsOf(results: Results): ReadonlyMap<string, string> {
  const plots = new Map<string, string>();
  for (const workload of results.workloads) {
    for (const [name, { title, x, y, step, figure }] of Object.entries(AXES)) {
      const amounts = results.amounts(step);
      const lines = results.arms.map((arm): Line => {
        const points = amounts.flatMap((amount) => {
          const values = results.figures({ arm, workload, step: `${step}-${amount}` }, figure);
          const value = median(values);
          return value > 0 ? [{ x: amount, y: value }] : [];
        });
        return { name: arm, points };
      });
      const drawn = lines.filter(({ points }) => points.length > 1);
      if (drawn.length === 0) continue;
      const plot = linePlot({ title: `${workload}, ${title}`, x, y, lines: drawn });
      plots.set(`${name}-${workload}.svg`, plot);
    }
  }
  return plots;
}
