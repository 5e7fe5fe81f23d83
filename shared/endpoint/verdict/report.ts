import { z } from "zod";
import type { Estimate } from "./bounds.ts";
import type { Counters } from "./counters.ts";
import { CONFIDENCE, figuresOf, type Figures } from "./figures.ts";
import type { PairedTable } from "./pair.ts";
import type { CompareSettings } from "./settings.ts";
import type { PairedShares } from "./shares.ts";
import { judge, verdicts } from "./verdict.ts";

const pairs = z.int().min(0).describe("Pairs that count here.");
const shareSchema = z.strictObject({
  share: z.number(),
  interval: z.tuple([z.number(), z.number()]),
});

const pairedMembers = {
  pairs,
  live: shareSchema,
  candidate: shareSchema,
  difference: shareSchema.describe("The candidate's share minus the live version's, from -1 to 1."),
  both: z.int().min(0).describe("Pairs in which it happened to both."),
  only_live: z.int().min(0),
  only_candidate: z.int().min(0),
};

/** What is known of a candidate beside the version that answers. */
export const comparisonSchema = z.strictObject({
  verdict: z.enum(verdicts),
  reasons: z
    .array(z.string())
    .readonly()
    .describe("Sentences for people: what decided, or what is open."),
  pairs: z.int().min(0).describe("Inputs that both versions have been through."),
  confidence: z
    .number()
    .describe("Probability that an interval holds the truth, at all times together."),
  errors: z
    .strictObject(pairedMembers)
    .nullable()
    .describe("Wrong outputs, where the truth is known; null until it is."),
  failures: z.strictObject(pairedMembers).nullable().describe("Jobs that failed."),
  agreement: z
    .strictObject({
      pairs,
      ...shareSchema.shape,
      mean_difference: z
        .number()
        .describe("Mean of each pair's largest difference of two numbers."),
    })
    .nullable()
    .describe("Outputs that say the same, where neither job failed."),
  latency: z
    .strictObject({
      pairs,
      live_p95_ms: z.number(),
      candidate_p95_ms: z.number(),
      p95_ratio: z.number(),
      interval: z
        .tuple([z.number(), z.number().nullable()])
        .describe("Of the ratio; null while it may be as large as you like."),
    })
    .nullable()
    .describe("How long jobs ran, without the time that they waited."),
});

/** As JSON. */
export type Comparison = z.infer<typeof comparisonSchema>;

/** The report on a comparison, with its verdict. */
export function comparisonOf(counters: Counters, settings: CompareSettings): Comparison {
  const figures = figuresOf(counters);
  const { errors, failures, agreement, latency } = figures;
  return {
    ...judge(figures, settings),
    pairs: figures.pairs,
    confidence: CONFIDENCE,
    errors: errors === undefined ? null : pairedJson(errors, counters.wrong),
    failures: failures === undefined ? null : pairedJson(failures, counters.failed),
    agreement: agreement === undefined ? null : agreementJson(agreement),
    latency: latency === undefined ? null : latencyJson(latency),
  };
}

function pairedJson({ pairs: count, sides, excess }: PairedShares, table: PairedTable) {
  return {
    pairs: count,
    live: shareJson(sides.live),
    candidate: shareJson(sides.candidate),
    difference: shareJson(excess),
    both: table.both,
    only_live: table.live,
    only_candidate: table.candidate,
  };
}

function agreementJson(agreement: NonNullable<Figures["agreement"]>) {
  return {
    pairs: agreement.pairs,
    ...shareJson(agreement),
    mean_difference: rounded(agreement.meanDifference),
  };
}

function latencyJson({ pairs: count, p95Ms, ratio }: NonNullable<Figures["latency"]>) {
  const high = Number.isFinite(ratio.high) ? rounded(ratio.high) : null;
  const interval: [number, number | null] = [rounded(ratio.low), high];
  return {
    pairs: count,
    live_p95_ms: rounded(p95Ms.live.estimate),
    candidate_p95_ms: rounded(p95Ms.candidate.estimate),
    p95_ratio: rounded(ratio.estimate),
    interval,
  };
}

function shareJson({ estimate, low, high }: Estimate) {
  const interval: [number, number] = [rounded(low), rounded(high)];
  return { share: rounded(estimate), interval };
}

/** Digits beyond these are noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
