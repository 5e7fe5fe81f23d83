import { z } from "zod";
import type { Endpoint } from "../../shared/endpoint/endpoints.ts";
import { CONFIDENCE } from "../../shared/endpoint/verdict/figures.ts";
import { comparisonOf, comparisonSchema } from "../../shared/endpoint/verdict/report.ts";
import { shareOf } from "../../shared/endpoint/verdict/shares.ts";
import { readAccuracy, resetAccuracy, type LabeledVariant } from "../../shared/pack/label.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { reachOr } from "../../shared/redis/reach.ts";
import { rfc3339 } from "../../shared/rfc3339.ts";
import {
  readCounters,
  readDisagreements,
  resetComparison,
  type ComparisonName,
} from "../../shared/shadow/comparisons.ts";
import { comparisonsOf } from "../../shared/shadow/names.ts";
import { timeSchema } from "../http/answer-schemas.ts";

const reach = reachOr("Comparisons cannot be read at the moment.");

const disagreementSchema = z.strictObject({
  job_id: z.string().describe("The live job, whose output the client got."),
  difference: z.string().describe("The first place where the shadow's output differs."),
  at: timeSchema,
});

const shadowComparisonSchema = z.strictObject({
  object: z.literal("comparison"),
  variant: z.string(),
  model: z.string().describe("The live version."),
  shadow: z.string(),
  candidate: z.string().describe("The version that is tried."),
  ...comparisonSchema.shape,
  disagreements: z
    .array(disagreementSchema)
    .readonly()
    .describe(
      "Of your tenant's jobs, or with the scope `operator` of all; newest first, at most 100.",
    ),
});

const accuracySchema = z.strictObject({
  variant: z.string(),
  model: z.string(),
  labels: z.int().min(0).describe("Jobs whose label says whether their output was right."),
  right: z.int().min(0),
  accuracy: z
    .strictObject({ share: z.number(), interval: z.tuple([z.number(), z.number()]) })
    .nullable()
    .describe("Null without labels."),
});

/** What is known of each shadow beside each of its variants. */
export const comparisonListSchema = z.strictObject({
  object: z.literal("list"),
  data: z.array(shadowComparisonSchema).readonly(),
  variants: z
    .array(accuracySchema)
    .readonly()
    .describe("How often each variant was right, by the labels of its jobs, shadowed or not."),
});

export type ComparisonList = z.output<typeof comparisonListSchema>;
type ShadowComparison = z.output<typeof shadowComparisonSchema>;

/** Whose jobs a reader may hear of; undefined: everybody's. */
export type Reader = { readonly tenant: string } | undefined;

/** Comparisons of shadows, as they are in Redis. Every method throws `service_unavailable` without it. */
export class Comparisons {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async list(endpoint: Endpoint, reader: Reader): Promise<ComparisonList> {
    const names = comparisonsOf(endpoint);
    const [data, variants] = await reach(
      Promise.all([
        Promise.all(names.map(async (name) => this.#read(name, endpoint, reader))),
        Promise.all(variantsOf(endpoint).map(async (variant) => this.#accuracy(variant))),
      ]),
    );
    return { object: "list", data, variants };
  }

  /** Begins all of an endpoint's anew. */
  async reset(endpoint: Endpoint): Promise<void> {
    const names = comparisonsOf(endpoint);
    await reach(
      Promise.all([
        ...names.map(async (name) => resetComparison(this.#redis, name)),
        ...variantsOf(endpoint).map(async (variant) => resetAccuracy(this.#redis, variant)),
      ]),
    );
  }

  async #accuracy(labeled: LabeledVariant): Promise<ComparisonList["variants"][number]> {
    const { right, wrong } = await readAccuracy(this.#redis, labeled);
    const { variant, model } = labeled;
    const labels = right + wrong;
    return {
      variant,
      model,
      labels,
      right,
      accuracy: labels === 0 ? null : shareJson(right, labels),
    };
  }

  async #read(
    name: ComparisonName,
    { definition }: Endpoint,
    reader: Reader,
  ): Promise<ShadowComparison> {
    const [counters, disagreements] = await Promise.all([
      readCounters(this.#redis, name),
      readDisagreements(this.#redis, name),
    ]);
    return {
      object: "comparison",
      variant: name.variant,
      model: name.live,
      shadow: name.shadow,
      candidate: name.candidate,
      ...comparisonOf(counters, definition.compare),
      disagreements: disagreements
        .filter(({ tenant }) => reader === undefined || reader.tenant === tenant)
        .map(({ job, difference, atMs }) => ({ job_id: job, difference, at: rfc3339(atMs) })),
    };
  }
}

function variantsOf({ name, definition }: Endpoint): readonly LabeledVariant[] {
  return definition.variants.map((variant) => ({
    endpoint: name,
    variant: variant.name,
    model: variant.model,
  }));
}

/** Digits beyond these are noise. */
function shareJson(right: number, labels: number) {
  const { estimate, low, high } = shareOf(right, labels, (1 - CONFIDENCE) / 2);
  const [share = 0, from = 0, to = 0] = [estimate, low, high].map((it) => Number(it.toFixed(5)));
  const interval: [number, number] = [from, to];
  return { share, interval };
}
