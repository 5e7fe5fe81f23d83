import { z } from "zod";

/** Members that are named for one endpoint at most. */
const MEMBERS_MAX = 100;

const memberSchema = z
  .string()
  .max(255)
  .regex(
    /^(?:input|output|metadata|parameters)(?:\.[^.]+)*$/,
    "must be input, output, metadata or parameters, or that and names with a dot before each",
  );

const membersSchema = z.array(memberSchema).max(MEMBERS_MAX).readonly().default([]);

/** What an endpoint records of its requests, for training and for looking back. */
export const captureSchema = z.strictObject({
  percent: z.number().min(0).max(100).describe("Percent of its requests."),
  inputs: z.boolean().default(true).describe("Whether inputs are written."),
  outputs: z.boolean().default(true).describe("Whether predictions are written."),
  images: z.boolean().default(false).describe("Whether inputs that are images are written, too."),
  drop: membersSchema.describe("Members that are left out, such as `input.customer.email`."),
  hash: membersSchema.describe("Members of which only a keyed hash is written."),
  days: z.int().min(1).max(3650).default(30).describe("How long it is kept."),
});

/** Null: nothing is captured. */
export const maybeCaptureSchema = captureSchema
  .nullable()
  .default(null)
  .describe("What is recorded of its requests; null: nothing.");

export type CaptureRules = z.output<typeof captureSchema>;

/** Whether one request is captured. @param draw a random number, 0 or more and less than 1 */
export function isCaptured(rules: CaptureRules | null, draw: () => number): boolean {
  return rules !== null && draw() * 100 < rules.percent;
}

/**
 * What of a captured job is written, as its pack has it: `i` its inputs, `o` how it ended.
 *
 * @param isImage whether its inputs are images
 * @returns undefined for nothing
 */
export function captureMarks(rules: CaptureRules, isImage: boolean): string | undefined {
  const { inputs, outputs, images } = rules;
  return `${inputs && (images || !isImage) ? "i" : ""}${outputs ? "o" : ""}` || undefined;
}
