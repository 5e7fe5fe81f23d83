import { z } from "zod";
import type { Case, Workload } from "../workloads/workload.ts";
import type { Answer } from "./connection.ts";

/** How an arm wants to be asked, and where in its answer the label and its probability are. */
export interface Dialect {
  path(workload: Workload): string;
  /** @param more members beside the input, where the dialect has such */
  body(one: Case, more?: Readonly<Record<string, unknown>>): string | Buffer;
  readonly isRight: (one: Case, answer: Answer) => boolean;
}

/** Of ours, and of every arm that may choose: `{"input": …}` or bytes, answered with `"output"`. */
const scoreline: Dialect = {
  path: ({ model }) => `/v1/models/${model}/jobs`,
  body: ({ input }, more) => (Buffer.isBuffer(input) ? input : JSON.stringify({ input, ...more })),
  isRight: isRightOutput,
};

const outputsSchema = z.object({
  outputs: z.array(z.object({ name: z.string(), data: z.array(z.unknown()) })),
});

/** The Open Inference Protocol, with a tensor of one element for each member of the input. */
const v2: Dialect = {
  path: ({ model }) => `/v2/models/${model}/infer`,
  body: ({ input }) => JSON.stringify({ inputs: Object.entries(input).map(tensorOf) }),
  isRight: ({ label, probability, tolerance }, { status, body }) => {
    if (status !== 200) return false;
    const { outputs } = outputsSchema.parse(JSON.parse(body));
    const first = (name: string): unknown => outputs.find((it) => it.name === name)?.data[0];
    const isNear = Math.abs(Number(first("probability")) - probability) < tolerance;
    return first("label") === label && isNear;
  },
};

/** Of a service whose one argument is a list that its framework lengthens: BentoML. */
const list: Dialect = {
  path: () => "/score",
  body: ({ input }) => JSON.stringify({ inputs: [input] }),
  isRight: isRightOutput,
};

export const dialects = { scoreline, v2, list } as const;
export type DialectName = keyof typeof dialects;

function tensorOf([name, value]: readonly [string, string | number]): object {
  const datatype = typeof value === "string" ? "BYTES" : "FP32";
  return { name, datatype, shape: [1, 1], data: [value] };
}

/** Where the best of several answers is, and what it is called there. */
const RANKINGS = [
  ['"matches"', '"id"'],
  ['"predictions"', '"label"'],
] as const;

/**
 * The first match of an FAQ or class of a photograph, or a wine's label, with its probability;
 * finding them in the text is cheaper than parsing it.
 */
function isRightOutput(one: Case, { status, body }: Answer): boolean {
  if (status !== 200) return false;
  const isNear = (given: number): boolean => Math.abs(given - one.probability) < one.tolerance;
  for (const [ranking, name] of RANKINGS) {
    const from = body.indexOf(ranking);
    if (from === -1) continue;
    return (
      stringAt(body, name, from) === one.label && isNear(probabilityAt(body, PROBABILITY, from))
    );
  }
  const from = body.indexOf('"probabilities"');
  const probability = probabilityAt(body, `"${one.label}"`, from);
  return stringAt(body, '"label"', 0) === one.label && isNear(probability);
}

const PROBABILITY = '"probability"';

function stringAt(body: string, member: string, from: number): string {
  const at = body.indexOf(member, from);
  const start = body.indexOf('"', at + member.length) + 1;
  return at === -1 ? "" : body.slice(start, body.indexOf('"', start));
}

function probabilityAt(body: string, member: string, from: number): number {
  const at = body.indexOf(member, from);
  if (at === -1 || from === -1) return Number.NaN;
  const start = body.indexOf(":", at + member.length) + 1;
  return Number.parseFloat(body.slice(start, start + 25));
}
