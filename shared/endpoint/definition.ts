import { z } from "zod";
import { nameSchema } from "../model/manifest.ts";
import { labelsSchema } from "../labels.ts";
import { jobClasses } from "../lane.ts";
import { originSchema } from "../origin.ts";
import { maybeCaptureSchema } from "./capture.ts";
import { compareSchema } from "./verdict/settings.ts";

/** Variants of an endpoint at most. */
export const VARIANTS_MAX = 16;
/** Shadows of an endpoint at most: each multiplies its work. */
export const SHADOWS_MAX = 4;
/** Origins that an endpoint names at most. */
const ORIGINS_MAX = 32;
/** Shares are told in hundredths of a percent. */
export const BUCKETS = 10_000;
/** Longest that a job may be allowed to take, in ms: 7 days. */
const DURATION_MS_MAX = 604_800_000;

const durationMs = z.int().min(1).max(DURATION_MS_MAX);

export const shareSchema = z
  .number()
  .min(0)
  .max(100)
  .refine((share) => Number.isInteger(hundredths(share)), "has more than two decimals")
  .describe("Percent of the requests, in steps of 0.01.");

export const variantSchema = z.strictObject({
  name: nameSchema.describe("What requests pin it by, and what jobs say."),
  model: z
    .string()
    .regex(/^[a-z0-9-]+@[1-9]\d*$/, "is not `name@version`")
    .describe("The model version that scores, `name@version`."),
  share: shareSchema.default(0),
  type: z
    .enum(["control", "treatment"])
    .default("treatment")
    .describe("`control`: what the others are compared with; one at most."),
});

export const shadowSchema = z.strictObject({
  name: nameSchema.describe("What comparisons call it."),
  model: variantSchema.shape.model.describe("The model version that is tried, `name@version`."),
  percent: shareSchema
    .default(100)
    .describe("Percent of the requests of its variants that it scores as well."),
  of: z
    .array(nameSchema)
    .min(1)
    .readonly()
    .optional()
    .describe("The variants that it stands beside; without it, all."),
});

const defaultsSchema = z.strictObject({
  wait_ms: z
    .int()
    .min(0)
    .max(3_600_000)
    .optional()
    .describe("How long `Prefer: wait` without a number waits."),
  timeouts: z
    .strictObject({
      start_ms: durationMs.optional(),
      attempt_ms: durationMs.optional(),
      total_ms: durationMs.optional(),
    })
    .default({})
    .describe("In ms, for requests that name none."),
  priority: z.enum(jobClasses).optional().describe("For requests that name none."),
  max_queue_wait_ms: durationMs
    .nullable()
    .default(null)
    .describe("A request that would wait longer is refused, and one that has waited so long ends."),
});

const members = {
  description: z.string().max(1000).default("").describe("For people."),
  tags: labelsSchema.default({}).describe("For people and programs to find it by."),
  properties: labelsSchema.default({}).describe("What else there is to say of it."),
  variants: z.array(variantSchema).min(1).max(VARIANTS_MAX).readonly(),
  default: nameSchema
    .optional()
    .describe("The variant that gets what the shares leave over; else the first."),
  shadows: z
    .array(shadowSchema)
    .max(SHADOWS_MAX)
    .readonly()
    .default([])
    .describe(
      "Versions that score the same requests, for comparison: no client sees their outputs.",
    ),
  compare: compareSchema.prefault({}),
  defaults: defaultsSchema.prefault({}),
  quota: z
    .strictObject({
      requests_per_minute: z
        .int()
        .min(1)
        .max(1_000_000_000)
        .nullable()
        .default(null)
        .describe("Jobs that it takes in a minute, on all gateways together; null: any number."),
    })
    .prefault({}),
  metrics: z
    .boolean()
    .default(true)
    .describe("Whether figures of its jobs name the endpoint and the variant."),
  auth: z
    .enum(["keys", "tokens", "both"])
    .default("both")
    .describe(
      "What its callers must come with: a key, a token (an access token, or a user's), or either.",
    ),
  cors: z
    .strictObject({ origins: z.array(originSchema).max(ORIGINS_MAX).readonly().default([]) })
    .prefault({})
    .describe("Whose pages may call it from a browser, beside those of `CORS_ORIGINS`."),
  capture: maybeCaptureSchema,
  allow_different_contract: z
    .boolean()
    .default(false)
    .describe("Whether a variant may take another input than the default does."),
};

/**
 * What its owner says of an endpoint: a name that stands for up to 16 model versions. Shares are
 * percents and sum to 100 at most; the default gets the rest.
 */
export const definitionSchema = z
  .strictObject(members)
  .superRefine((given, context) => {
    for (const { path, message } of faultsOf(given)) {
      context.addIssue({ code: "custom", path: [...path], message });
    }
  })
  .transform((given) => ({ ...given, default: given.default ?? given.variants[0]?.name ?? "" }));

export type Variant = z.output<typeof variantSchema>;
export type Shadow = z.output<typeof shadowSchema>;
export type Definition = z.output<typeof definitionSchema>;
type Given = z.output<z.ZodObject<typeof members>>;

interface DefinitionFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What no member shows by itself. */
function* faultsOf(given: Given): Generator<DefinitionFault> {
  const { variants, default: chosen } = given;
  const names = variants.map(({ name }) => name);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue;
    yield { path: ["variants", index, "name"], message: `is ${name} as well` };
  }
  const controls = variants.filter(({ type }) => type === "control");
  if (controls.length > 1) yield { path: ["variants"], message: "has more than one control" };
  if (chosen !== undefined && !names.includes(chosen)) {
    yield { path: ["default"], message: `is not one of the variants: ${names.join(", ")}` };
  }
  const sum = variants.reduce((total, { share }) => total + hundredths(share), 0);
  if (sum > BUCKETS) {
    yield { path: ["variants"], message: `has shares that sum to ${sum / 100}, and may have 100` };
  }
  yield* shadowFaults(given);
}

function* shadowFaults({ variants, shadows, compare }: Given): Generator<DefinitionFault> {
  const names = shadows.map(({ name }) => name);
  for (const [index, { name, model, of = [] }] of shadows.entries()) {
    const at = (member: string): string[] => ["shadows", String(index), member];
    if (names.indexOf(name) !== index) yield { path: at("name"), message: `is ${name} as well` };
    const variant = variants.find((it) => it.name === name);
    if (variant !== undefined && variant.model !== model) {
      yield { path: at("name"), message: `is a variant with another model, ${variant.model}` };
    }
    const strange = of.find((it) => !variants.some((known) => known.name === it));
    if (strange !== undefined) yield { path: at("of"), message: `${strange} is no variant` };
  }
  if (compare.promote === "manual") return;
  const [only, ...others] = shadows;
  const beside = only?.of ?? variants.map(({ name }) => name);
  if (only === undefined || others.length > 0 || beside.length !== 1) {
    const message = "`automatic` needs one shadow, of one variant that `of` names";
    yield { path: ["compare", "promote"], message };
  }
}

/** Those that stand beside a variant. */
export function shadowsOf({ shadows }: Pick<Definition, "shadows">, variant: string): Shadow[] {
  return shadows.filter(({ of }) => of === undefined || of.includes(variant));
}

/** @param share in percent @returns in hundredths of a percent; no integer for more than two decimals */
export function hundredths(share: number): number {
  const scaled = share * 100;
  const whole = Math.round(scaled);
  return Math.abs(scaled - whole) < 1e-6 ? whole : scaled;
}

/** How requests are shared out. */
export interface Shares {
  readonly variants: readonly Pick<Variant, "name" | "share">[];
  readonly default: string;
}

/** Buckets that each variant is to have, in the order of the variants: together 10,000. */
export function bucketCounts({ variants, default: chosen }: Shares): ReadonlyMap<string, number> {
  const counts = new Map(variants.map(({ name, share }) => [name, hundredths(share)]));
  const given = [...counts.values()].reduce((total, count) => total + count, 0);
  return counts.set(chosen, (counts.get(chosen) ?? 0) + BUCKETS - given);
}
