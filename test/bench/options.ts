import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { allArms } from "./arms/arms.ts";
import type { ArmKind } from "./arms/arm.ts";
import { workloadNames, type WorkloadName } from "./workloads/workloads.ts";

export interface BenchOptions {
  readonly arms: readonly ArmKind[];
  readonly models: readonly WorkloadName[];
  /** Of closed loops. */
  readonly clients: readonly number[];
  /** Requests a second of open loops. */
  readonly rates: readonly number[];
  readonly rounds: number;
  /** Measured time of one sample. */
  readonly windowMs: number;
  readonly warmUpMs: number;
  /** A disturbed sample is taken so often at most. */
  readonly triesMax: number;
  /** Folder of another checkout. */
  readonly against: string | undefined;
  readonly out: string;
  /** Arm that ratios are to. */
  readonly reference: string;
  readonly isReportOnly: boolean;
  /** Whether what the folder holds is thrown away. */
  readonly isFresh: boolean;
}

const DEFAULTS = {
  arms: "ours,ours-async,ours-keys,ours-tenants,ours-varied,direct",
  models: workloadNames.join(","),
  clients: "1,16,64,256",
  rates: "",
  rounds: "5",
  seconds: "4",
  "warm-up": "3",
  tries: "3",
};
type Defaults = Readonly<Record<keyof typeof DEFAULTS, string>>;

const QUICK: Defaults = {
  ...DEFAULTS,
  arms: "ours,direct",
  clients: "1,64",
  rounds: "1",
  seconds: "0.5",
  "warm-up": "0.2",
  tries: "1",
};

export const USAGE = `npm run bench -- [options]

Asks several ways of serving a model the same questions, in turn, and writes what each cost.
docs/performance.md tells what the figures mean.

  --arms <names>     comma-separated; ${DEFAULTS.arms}
                     by default. Known: NAMES
  --against <d>      another checkout, which is set up, as the arm "against"; with it the default
                     arms are ours,against
  --models <names>   ${DEFAULTS.models} by default
  --clients <n,…>    closed loops of so many clients, ${DEFAULTS.clients} by default; "" for none
  --rates <n,…>      open loops of so many requests a second by Poisson; none by default
  --rounds <n>       rounds over all arms, ${DEFAULTS.rounds} by default
  --seconds <n>      measured seconds of a sample, ${DEFAULTS.seconds} by default
  --warm-up <n>      seconds of load before an arm's first sample, ${DEFAULTS["warm-up"]} by default
  --tries <n>        how often a disturbed sample is taken at most, ${DEFAULTS.tries} by default
  --to <arm>         ratios are to this arm: fastapi, against or direct by default, whichever is there
  --out <folder>     where samples, report and plots go; a new folder in .cache/bench by default. A run
                     into a folder that has samples of the same code goes on: what is there is not
                     measured again
  --fresh            begins anew even so
  --report           only writes the report of what the folder has
  --quick            ${QUICK.arms}; ${QUICK.rounds} round of ${QUICK.seconds} s: to see that it works, not to quote
  --help             this text
`.replace(
  "NAMES",
  allArms(".")
    .map(({ name }) => name)
    .join(", "),
);

const OPTIONS = {
  arms: { type: "string" },
  models: { type: "string" },
  clients: { type: "string" },
  rates: { type: "string" },
  rounds: { type: "string" },
  seconds: { type: "string" },
  "warm-up": { type: "string" },
  tries: { type: "string" },
  against: { type: "string" },
  to: { type: "string" },
  out: { type: "string" },
  fresh: { type: "boolean" },
  report: { type: "boolean" },
  quick: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** @returns undefined when help is wanted @throws for an argument that makes no sense */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help === true) return undefined;
  const against = values.against === undefined ? undefined : resolve(values.against);
  const usual: Defaults = {
    ...(values.quick === true ? QUICK : DEFAULTS),
    ...(against === undefined ? {} : { arms: "ours,against" }),
  };
  const given = (name: keyof Defaults): string => values[name] ?? usual[name];
  const arms = list(given("arms")).map((name) => armOf(name, allArms(against)));
  return {
    arms,
    models: list(given("models")).map(modelOf),
    clients: list(given("clients")).map((it) => numberOf("clients", it, 10_000)),
    rates: list(given("rates")).map((it) => numberOf("rates", it, 1_000_000)),
    rounds: numberOf("rounds", given("rounds"), 100),
    windowMs: numberOf("seconds", given("seconds"), 600) * 1000,
    warmUpMs: numberOf("warm-up", given("warm-up"), 600) * 1000,
    triesMax: numberOf("tries", given("tries"), 100),
    against,
    out: values.out ?? `.cache/bench/${new Date().toISOString().slice(0, 19).replaceAll(":", "")}`,
    reference: values.to ?? referenceOf(arms),
    isReportOnly: values.report === true,
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

function referenceOf(arms: readonly ArmKind[]): string {
  const names = arms.map(({ name }) => name);
  return ["fastapi", "against", "direct"].find((it) => names.includes(it)) ?? names[0] ?? "";
}
