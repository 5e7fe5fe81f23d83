import { parseArgs } from "node:util";

export interface BenchOptions {
  readonly rounds: number;
  /** Measured seconds of one sample. */
  readonly seconds: number;
  /** Folder of another checkout to compare this one with; undefined: the direct server. */
  readonly against: string | undefined;
}

type Extent = Pick<BenchOptions, "rounds" | "seconds">;

const DEFAULTS: Extent = { rounds: 5, seconds: 4 };
const QUICK: Extent = { rounds: 2, seconds: 2 };

export const USAGE = `npm run bench -- [options]

Compares the whole system with one process that answers HTTP and runs the same model itself.

  --quick        ${QUICK.rounds} rounds of ${QUICK.seconds} s: to see that it works, not to quote
  --rounds <n>   rounds over all arms, ${DEFAULTS.rounds} by default
  --seconds <n>  measured seconds of a sample, ${DEFAULTS.seconds} by default
  --against <d>  another checkout, which is set up, in the place of that process: what
                 does a change cost?
  --help         this text
`;

/** @returns undefined when help is wanted @throws for an argument that makes no sense */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      against: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) return undefined;
  const usual = values.quick === true ? QUICK : DEFAULTS;
  const rounds = numberOf("rounds", values.rounds, usual.rounds);
  if (!Number.isInteger(rounds)) throw new Error("--rounds is a whole number");
  const seconds = numberOf("seconds", values.seconds, usual.seconds);
  return { rounds, seconds, against: values.against };
}

function numberOf(name: string, given: string | undefined, usual: number): number {
  const value = given === undefined ? usual : Number(given);
  if (value > 0 && value <= 100) return value;
  throw new Error(`--${name} is a number above 0 and up to 100`);
}
