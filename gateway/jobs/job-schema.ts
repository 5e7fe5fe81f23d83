import { z } from "zod";
import { errorCodes } from "../../shared/error.ts";
import { jobMetricsSchema } from "../../shared/job/outcome.ts";
import { jobStatuses } from "../../shared/job/view.ts";
import { deliveryStatuses } from "../../shared/webhook/delivery.ts";
import { jobClasses } from "../../shared/lane.ts";
import { pageSchema, timeSchema } from "../http/answer-schemas.ts";

/** A problem document (RFC 9457). */
export const problemSchema = z.looseObject({
  type: z
    .string()
    .describe("A page about this kind of problem; relative URLs point to this gateway."),
  title: z.string().describe("The kind of problem, in a few words."),
  status: z.int().min(400).max(599).describe("The HTTP status."),
  detail: z.string().describe("What went wrong this time, for people."),
  code: z.enum(errorCodes).describe("The kind of problem, for programs."),
  retryable: z.boolean().describe("Whether the same request may succeed later."),
  errors: z
    .array(
      z.strictObject({
        detail: z.string(),
        pointer: z.string().optional().describe("JSON Pointer into the request's body."),
        parameter: z.string().optional().describe("Name of a query parameter or header."),
        column: z.string().optional().describe("Name of a column of CSV."),
      }),
    )
    .readonly()
    .optional()
    .describe("Where in the request the faults are."),
  job_id: z.string().optional().describe("The job that this is about."),
  get job(): z.ZodOptional<z.ZodType> {
    return jobSchema.optional().describe("The job that this is about, in its current state.");
  },
  batch_id: z.string().optional().describe("The batch that this is about."),
  batch: z
    .looseObject({ id: z.string(), object: z.literal("batch") })
    .optional()
    .describe("The batch that this is about, in its current state."),
  line: z.int().min(1).optional().describe("The faulty line of the upload, from 1."),
  file: z.string().optional().describe("The faulty file of the upload."),
  received: z.int().min(0).optional().describe("Items received by the batch so far."),
});

/** The job object; `output` answers `input`, `outputs` answers `inputs`. */
export const jobSchema = z.strictObject({
  id: z.string().regex(/^job_[0-9a-z]{26}$/),
  object: z.literal("job"),
  status: z.enum(jobStatuses),
  model: z.string(),
  endpoint: z.string().optional().describe("The endpoint that chose the model, if one did."),
  variant: z.string().optional().describe("Whose turn it was there."),
  attempt: z.int().min(1),
  priority: z.enum(jobClasses),
  metadata: z.record(z.string(), z.unknown()).nullable(),
  phase: z.enum(["waiting", "paused", "cold_start", "running"]).optional(),
  queue: z
    .strictObject({
      position: z.int().min(1),
      ahead: z.int().min(0),
      workers_ready: z.int(),
      workers_starting: z.int(),
      estimated_start_at: timeSchema,
      approximate: z.literal(true),
    })
    .nullable(),
  output: z.unknown().optional(),
  outputs: z.array(z.unknown()).nullable().optional(),
  error: problemSchema.nullable(),
  metrics: jobMetricsSchema.nullable(),
  created_at: timeSchema,
  started_at: timeSchema,
  completed_at: timeSchema,
  expires_at: timeSchema,
  deadline_at: timeSchema,
  cancel_requested_at: timeSchema,
  attempts: z
    .array(
      z.strictObject({
        attempt: z.int().min(1),
        status: z.enum(jobStatuses),
        error: problemSchema.nullable(),
        started_at: timeSchema,
        completed_at: timeSchema,
      }),
    )
    .optional()
    .describe("The outcomes of earlier attempts that were retried, oldest first."),
  webhook: z
    .strictObject({
      status: z.enum([...deliveryStatuses, "skipped"]),
      attempts: z.int().min(0),
      next_attempt_at: timeSchema,
      last_status: z.int().nullable().describe("HTTP status of the last attempt."),
    })
    .optional()
    .describe("The state of the delivery about its end, if it asked for one."),
  urls: z.strictObject({
    self: z.string(),
    result: z.string(),
    events: z.string(),
    cancel: z.string().optional(),
    retry: z.string().optional(),
  }),
});

/** A page of jobs, newest first, without their outputs. */
export const jobListSchema = pageSchema(jobSchema);

export type Job = z.infer<typeof jobSchema>;
export type JobList = z.infer<typeof jobListSchema>;
