import { z } from "zod";

const laneSchema = z.strictObject({
  load: z
    .int()
    .describe("Jobs, and items of batches, accepted and not ended: what KEDA scales on."),
  waiting: z.int(),
  running: z.int(),
  oldest_age_ms: z.number().nullable(),
  arrival_rate: z.number().describe("Jobs per second."),
  end_rate: z.number().nullable().describe("Jobs per second, while there was work."),
  estimated_wait_ms: z.number().nullable(),
});

/** How the lanes of a version are doing. */
export const queueSchema = z.strictObject({
  object: z.literal("queue"),
  model: z.string(),
  workers: z.strictObject({ ready: z.int(), starting: z.int() }),
  recent: z
    .int()
    .min(0)
    .max(1)
    .describe("1 if work arrived within the last minute, else 0; a pool may go to zero at 0."),
  interactive: laneSchema,
  bulk: laneSchema,
});

export type ModelQueue = z.infer<typeof queueSchema>;
