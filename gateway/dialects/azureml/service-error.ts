import { z } from "zod";
import { errorCodes, errorKind, type ErrorCode } from "../../../shared/error.ts";
import type { ProblemShape } from "../../http/problem-shape.ts";

/** An error as Azure ML's own Swagger documents describe it, and what of our problems helps a program. */
export const serviceErrorSchema = z.strictObject({
  status_code: z.int().min(400).max(599),
  message: z.string(),
  code: z.enum(errorCodes).describe("Stable; see /docs/errors."),
  retryable: z.boolean().describe("Whether the same request may succeed later."),
  job_id: z.string().optional().describe("The job that it is about."),
  errors: z
    .array(
      z.strictObject({
        detail: z.string(),
        pointer: z.string().optional(),
        parameter: z.string().optional(),
      }),
    )
    .optional()
    .describe("Each fault with its place."),
});

/** There, who waited too long in the queue is told the same as who finds it full. */
const statusOf = (code: ErrorCode): number =>
  code === "start_timeout" ? 503 : errorKind(code).status;

/** How the dialect tells of errors. */
export const serviceError: ProblemShape = {
  mediaType: "application/json",
  schema: "ServiceError",
  statusOf,
  narrow: (status, codes) => ({ status_code: { const: status }, code: { enum: codes } }),
  body: ({ detail, code, retryable, errors, job_id }) => ({
    status_code: statusOf(code),
    message: detail,
    code,
    retryable,
    job_id,
    errors,
  }),
  jobHeaders: (id) => ({ "scoreline-job": id }),
};
