import { z } from "zod";

/** Where things are. */
export const indexSchema = z.strictObject({
  name: z.literal("scoreline"),
  models: z.string(),
  openapi: z.string(),
  docs: z.string(),
  errors: z.string(),
  health: z.string(),
  readiness: z.string(),
  metrics: z.string(),
});

export type Index = z.infer<typeof indexSchema>;

/** That the process lives. */
export const healthSchema = z.strictObject({ status: z.literal("ok") });

export type Health = z.infer<typeof healthSchema>;

/** Whether it is ready for requests, and if not, why. */
export const readinessSchema = z.strictObject({
  status: z.enum(["ready", "not ready"]),
  checks: z.strictObject({
    redis: z.boolean().describe("Redis is connected."),
    writable: z.boolean().describe("Redis accepts writes."),
    data: z.boolean().describe("Redis has not lost its data, or has access keys again."),
    accepting: z.boolean().describe("The gateway is not shutting down."),
    clock: z.boolean().describe("The machine's clock is within 10 minutes of Redis's."),
  }),
  reason: z.string().optional().describe("What is wrong and how to fix it, if anything is."),
  waiting: z.int().min(0).describe("Jobs that requests to this gateway wait for."),
  clock_skew_ms: z
    .int()
    .describe("How far the machine's clock is ahead of Redis's, which is the one that counts."),
});

export type Readiness = z.infer<typeof readinessSchema>;
