import { arch, cpus, release, totalmem, type } from "node:os";
import { FOREIGN_CORES_MAX, type Sample } from "./sampler.ts";

/** Samples of one arm at one number of clients, in order of rounds. */
export interface Series {
  readonly arm: string;
  readonly clients: number;
  readonly samples: readonly Sample[];
}

/** Measured with throw-away code of the same design, on two shared cores. */
const PROTOTYPE = { ratio: 0.64, addedMs: 0.9 };

export function machine(): string {
  const [first] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return [
    `${first?.model ?? arch()}, ${cpus().length} cores, ${memory}, ${type()} ${release()}`,
    `Node ${process.version}; servers, Redis and the load generator share the cores`,
  ].join("\n");
}

/** One line a series: medians over the rounds, and in brackets the smallest and the largest. */
export function table(all: readonly Series[]): string {
  const head = ["clients", "arm", "req/s", "p50 ms", "p99 ms", "clean", "CPU µs a request"];
  const rows = all.map(({ arm, clients, samples }) => [
    String(clients),
    arm,
    spread(samples, (it) => it.rate, 0),
    spread(samples, (it) => it.p50Ms, 2),
    spread(samples, (it) => it.p99Ms, 1),
    cleanliness(samples),
    cpuOf(samples),
  ]);
  return columns([head, ...rows]);
}

/** What the queue costs, from the pairs of each round: they share the machine's mood. */
export function comparison(
  all: readonly Series[],
  clientsLow: number,
  clientsHigh: number,
): string {
  const series = (arm: string, clients: number): readonly Sample[] =>
    all.find((it) => it.arm === arm && it.clients === clients)?.samples ?? [];
  const direct = (clients: number, round: number): Sample | undefined =>
    series("direct", clients)[round];
  const ratios = series("system", clientsHigh).map(
    (it, round) => it.rate / (direct(clientsHigh, round)?.rate ?? Number.NaN),
  );
  const added = series("system", clientsLow).map(
    (it, round) => it.p50Ms - (direct(clientsLow, round)?.p50Ms ?? Number.NaN),
  );
  return [
    `system ÷ direct, req/s at ${clientsHigh} clients: ${figure(ratios, 2)}; prototype ${PROTOTYPE.ratio}`,
    `system − direct, p50 at ${clientsLow} client: ${figure(added, 2)} ms; prototype ${PROTOTYPE.addedMs}`,
  ].join("\n");
}

/** What this checkout costs more than the other, from the pairs of each round. */
export function change(all: readonly Series[], clients: readonly number[]): string {
  const lines = clients.flatMap((count) => {
    const [own, other] = ["system", "other"].map(
      (arm) => all.find((it) => it.arm === arm && it.clients === count)?.samples ?? [],
    );
    if (own === undefined || other === undefined) return [];
    const ratio = (of: (sample: Sample) => number): string =>
      figure(
        own.map((it, round) => of(it) / (other[round] === undefined ? NaN : of(other[round]))),
        3,
      );
    const cpu = (name: string) => (sample: Sample) => sample.cpuMicros[name] ?? Number.NaN;
    return [
      `system ÷ other at ${count} clients: req/s ${ratio((it) => it.rate)}, p50 ${ratio((it) => it.p50Ms)}`,
      `  CPU a request: gateway ${ratio(cpu("gateway"))}, worker ${ratio(cpu("worker"))}`,
    ];
  });
  return lines.join("\n");
}

function spread(
  samples: readonly Sample[],
  of: (sample: Sample) => number,
  digits: number,
): string {
  return figure(samples.map(of), digits);
}

function figure(values: readonly number[], digits: number): string {
  const [least, middle, most] = [Math.min(...values), median(values), Math.max(...values)];
  return `${middle.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}

/** How many samples nothing disturbed, and how many cores were lost in the others, at worst. */
function cleanliness(samples: readonly Sample[]): string {
  const clean = samples.filter((it) => it.foreignCores <= FOREIGN_CORES_MAX).length;
  const worst = Math.max(...samples.map((it) => it.foreignCores));
  const note = clean === samples.length ? "" : ` NOT CLEAN, ${worst.toFixed(2)} cores`;
  return `${clean}/${samples.length}${note}`;
}

function cpuOf(samples: readonly Sample[]): string {
  return Object.keys(samples[0]?.cpuMicros ?? {})
    .map((name) => `${name} ${median(samples.map((it) => it.cpuMicros[name] ?? 0)).toFixed(0)}`)
    .join(", ");
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
