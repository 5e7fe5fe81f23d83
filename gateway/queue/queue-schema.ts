import { z } from "zod";
import { laneClasses } from "../../shared/lane.ts";
import { listSchema, timeSchema } from "../http/answer-schemas.ts";
import { laneSchema } from "../models/model-schema.ts";

/** A lane, how it is doing, and who looks after it. */
export const laneStateSchema = z.strictObject({
  lane: z.string().describe("`<name>@<version>.<priority>`"),
  model: z.string(),
  priority: z.enum(laneClasses).describe("`shadow`: what shadows of endpoints score."),
  ...laneSchema.shape,
  workers: z.strictObject({
    ready: z.int(),
    starting: z.int(),
    slots: z.int().describe("Runs at a time, of all models, of the workers that are ready."),
  }),
});

export type LaneState = z.infer<typeof laneStateSchema>;

export const laneListSchema = listSchema(laneStateSchema);

export type LaneList = z.infer<typeof laneListSchema>;

const steps = z.array(z.number().nullable());

export const queueHistorySchema = z.strictObject({
  object: z.literal("queue_history"),
  step_ms: z.int().describe("Time of a step."),
  until: timeSchema.describe("The end of the last step."),
  data: z
    .array(
      z.strictObject({
        lane: z.string(),
        depth: steps,
        running: steps,
        arrival_rate: steps.describe("Jobs, and chunks of batches, a second."),
        end_rate: steps,
        paused: z.array(z.boolean()),
      }),
    )
    .describe("Of each lane that was not at rest, its steps, oldest first; null: not known."),
});

export type QueueHistory = z.infer<typeof queueHistorySchema>;

/** Members of a request to pause a lane. */
export const pauseSchema = z.strictObject({
  refuse: z
    .boolean()
    .default(false)
    .describe(
      "Answer 503 `queue_paused` to what would add work, instead of accepting and holding it.",
    ),
});

/** Members of a request to retry what failed. */
export const retryFailedSchema = z.strictObject({
  since: z.iso
    .datetime({ offset: true, error: "is not a time such as 2026-11-30T08:00:00Z" })
    .describe("Jobs that failed then or later."),
  lane: z.string().min(1).max(200).optional().describe("Only those of this lane."),
  cursor: z
    .string()
    .max(1000)
    .optional()
    .describe("`next_cursor` of the answer before; `since` and `lane` as they were."),
});

const counted = z.int().min(0);

export const purgeJsonSchema = z.strictObject({
  object: z.literal("purge"),
  lane: z.string(),
  jobs: counted.describe("Jobs that were canceled."),
  items: counted.describe("Items of batches that were canceled."),
  has_more: z.boolean().describe("The time of one request was over: ask again for the rest."),
});

export type PurgeJson = z.infer<typeof purgeJsonSchema>;

export const retryJsonSchema = z.strictObject({
  object: z.literal("retry"),
  retried: counted.describe("Jobs that are queued again."),
  gone: counted.describe("Jobs whose input is no longer kept."),
  refused: counted.describe(
    "Jobs whose lane is full, paused and refusing, or whose tenant has no room.",
  ),
  until: timeSchema.describe("What fails later is not retried."),
  next_cursor: z
    .string()
    .nullable()
    .describe("Not all jobs were looked at: ask again with it; null when all were."),
});

export type RetryJson = z.infer<typeof retryJsonSchema>;
