import { z } from "zod";
import { batchCountsSchema, batchStatuses } from "../../shared/batch/record.ts";
import { jobClasses } from "../../shared/lane.ts";
import { problemSchema } from "../jobs/job-schema.ts";
import { pageSchema, timeSchema } from "../http/answer-schemas.ts";

const count = z.int().min(0);

// Problems show batches, which show problems: members that refer to them are looked up late.

/** What became of one item: a line of results. Metrics are there when it ran. */
export const batchResultSchema = z.strictObject({
  index: count.describe("Its index in the batch, from 0."),
  custom_id: z.string().nullable(),
  status: z.enum(["succeeded", "failed", "canceled", "expired"]),
  attempt: z
    .int()
    .min(2)
    .optional()
    .describe("The attempt of the batch in which it ended, after a retry."),
  output: z
    .unknown()
    .optional()
    .describe("Follows the model's output schema; present if it succeeded."),
  get error(): z.ZodOptional<z.ZodType> {
    return problemSchema.optional().describe("Present if it did not succeed.");
  },
  expected: z.unknown().optional().describe("As it was sent with the item; absent if it was not."),
  metrics: z.strictObject({ batch_size: z.int().min(1), inference_ms: z.number() }).optional(),
});

/** The last line of results: without it, what was received is cut off. */
export const batchResultsEndSchema = z.strictObject({
  end: z.literal(true),
  next: z.string().nullable().describe("For `?after=`; null when nothing more will follow."),
});

/** The batch object. */
export const batchObjectSchema = z.strictObject({
  id: z.string().regex(/^bat_[0-9a-z]{26}$/),
  object: z.literal("batch"),
  status: z.enum(batchStatuses),
  outcome: z
    .enum(["all_succeeded", "partial", "none_succeeded"])
    .nullable()
    .describe("The outcome of its items, once the batch has ended."),
  model: z.string(),
  attempt: z.int().min(1).describe("1, plus one for each retry."),
  priority: z.enum(jobClasses),
  metadata: z.record(z.string(), z.unknown()).nullable(),
  received: count.describe("Items received so far; an upload resumes with this index."),
  counts: batchCountsSchema.strict().describe("The others add up to `total`."),
  max_failed: count.nullable(),
  get error(): z.ZodNullable<z.ZodType> {
    return problemSchema.nullable().describe("Why it ended `failed` or `expired`.");
  },
  created_at: timeSchema,
  closed_at: timeSchema,
  started_at: timeSchema,
  completed_at: timeSchema,
  expires_at: timeSchema,
  urls: z.strictObject({
    self: z.string(),
    results: z.string(),
    events: z.string(),
    items: z.string().optional(),
    close: z.string().optional(),
    cancel: z.string().optional(),
    retry: z.string().optional(),
  }),
  results: z
    .array(batchResultSchema)
    .optional()
    .describe("The result lines, if the request waited for the end of a small batch."),
});

/** A page of batches, newest first. */
export const batchListSchema = pageSchema(batchObjectSchema);

export type BatchObject = z.infer<typeof batchObjectSchema>;
export type BatchResult = z.infer<typeof batchResultSchema>;
export type BatchList = z.infer<typeof batchListSchema>;
