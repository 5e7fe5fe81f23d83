import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { allArms } from "./arms/arms.ts";
import type { ArmKind } from "./arms/arm.ts";
import { presetOf, type Preset } from "./presets.ts";
import { workloadNames, type WorkloadName } from "./workloads/workloads.ts";

export interface BenchOptions {
  readonly arms: readonly ArmKind[];
  readonly models: readonly WorkloadName[];
  /** Of closed loops. */
  readonly clients: readonly number[];
  /** Requests a second of open loops. */
  readonly rates: readonly number[];
  /** Depths at which a queue is filled and drained further. */
  readonly depths: readonly number[];
  /** Rows of batches. */
  readonly bulk: readonly number[];
  /** Clients that queue jobs to see what these weigh. */
  readonly queued: readonly number[];
  /** So many each time. */
  readonly queuedJobs: number;
  readonly rounds: number;
  /** Measured time of one sample. */
  readonly windowMs: number;
  readonly warmUpMs: number;
  /** A disturbed sample is taken so often at most. */
  readonly triesMax: number;
  /** Folder of another checkout. */
  readonly against: string | undefined;
  readonly out: string;
  /** Arm that ratios are to; undefined: by what there is. */
  readonly reference: string | undefined;
  readonly isReportOnly: boolean;
  /** Whether the report also goes into docs/performance.md. */
  readonly isForDocs: boolean;
  /** Whether what the folder holds is thrown away. */
  readonly isFresh: boolean;
}

const OPTIONS = {
  arms: { type: "string" },
  models: { type: "string" },
  clients: { type: "string" },
  rates: { type: "string" },
  queued: { type: "string" },
  depths: { type: "string" },
  bulk: { type: "string" },
  rounds: { type: "string" },
  seconds: { type: "string" },
  "warm-up": { type: "string" },
  tries: { type: "string" },
  against: { type: "string" },
  to: { type: "string" },
  out: { type: "string" },
  fresh: { type: "boolean" },
  report: { type: "boolean" },
  docs: { type: "boolean" },
  quick: { type: "boolean" },
  full: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** @returns undefined when help is wanted @throws for an argument that makes no sense */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help === true) return undefined;
  const against = values.against === undefined ? undefined : resolve(values.against);
  if (values.report === true && values.out === undefined) throw new Error("--report needs --out");
  const isQuick = values.quick === true;
  const usual = presetOf({
    isQuick,
    isFull: values.full === true,
    isAgainst: against !== undefined,
  });
  const given = (name: keyof Preset): string => values[name] ?? usual[name];
  const arms = list(given("arms")).map((name) => armOf(name, allArms(against)));
  return {
    arms,
    models: list(given("models")).map(modelOf),
    clients: list(given("clients")).map((it) => numberOf("clients", it, 10_000)),
    rates: list(given("rates")).map((it) => numberOf("rates", it, 1_000_000)),
    queued: list(given("queued")).map((it) => numberOf("queued", it, 10_000)),
    queuedJobs: isQuick ? 300 : 5000,
    depths: list(given("depths")).map((it) => numberOf("depths", it, 10_000_000)),
    bulk: list(given("bulk")).map((it) => numberOf("bulk", it, 5_000_000)),
    rounds: numberOf("rounds", given("rounds"), 100),
    windowMs: numberOf("seconds", given("seconds"), 600) * 1000,
    warmUpMs: numberOf("warm-up", given("warm-up"), 600) * 1000,
    triesMax: numberOf("tries", given("tries"), 100),
    against,
    out: values.out ?? `.cache/bench/${new Date().toISOString().slice(0, 19).replaceAll(":", "")}`,
    reference: values.to,
    isReportOnly: values.report === true,
    isForDocs: values.docs === true,
    isFresh: values.fresh === true,
  };
}

function list(text: string): readonly string[] {
  return text
    .split(",")
    .map((it) => it.trim())
    .filter((it) => it !== "");
}

function armOf(name: string, all: readonly ArmKind[]): ArmKind {
  const found = all.find((it) => it.name === name);
  if (found !== undefined) return found;
  throw new Error(`--arms: there is no ${name}, only ${all.map((it) => it.name).join(", ")}`);
}

function modelOf(name: string): WorkloadName {
  const found = workloadNames.find((it) => it === name);
  if (found !== undefined) return found;
  throw new Error(`--models: there is no ${name}, only ${workloadNames.join(", ")}`);
}

function numberOf(name: string, text: string, most: number): number {
  const value = Number(text);
  if (value > 0 && value <= most) return value;
  throw new Error(`--${name}: ${text} is no number above 0 and up to ${most}`);
}
