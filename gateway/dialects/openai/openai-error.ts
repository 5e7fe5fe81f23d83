import { z } from "zod";
import { errorCodes, errorKind, type ErrorCode, type Problem } from "../../../shared/error.ts";
import type { ProblemShape } from "../../http/problem-shape.ts";

/** An error as OpenAI's API tells of one: its clients read these four members. */
export const openaiErrorSchema = z.strictObject({
  error: z.strictObject({
    message: z.string(),
    type: z.enum([
      "invalid_request_error",
      "authentication_error",
      "permission_error",
      "not_found_error",
      "rate_limit_error",
      "server_error",
    ]),
    param: z.string().nullable().describe("What of the request is at fault: `input[3]`."),
    code: z.enum(errorCodes).describe("Stable; see /docs/errors."),
  }),
});

type ErrorType = z.infer<typeof openaiErrorSchema>["error"]["type"];

const TYPES: Readonly<Record<number, ErrorType>> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  429: "rate_limit_error",
};

/** OpenAI's clients make a bad request of 400 alone, and try 409 again, which nothing here is worth. */
const statusOf = (code: ErrorCode): number => {
  const { status } = errorKind(code);
  return status === 422 || status === 409 ? 400 : status;
};

function typeOf(code: ErrorCode): ErrorType {
  const status = statusOf(code);
  return TYPES[status] ?? (status < 500 ? "invalid_request_error" : "server_error");
}

/** How the dialect tells of errors. */
export const openaiError: ProblemShape = {
  mediaType: "application/json",
  schema: "OpenAIError",
  statusOf,
  narrow: (_, codes) => ({
    error: {
      type: "object",
      properties: { code: { enum: codes }, type: { enum: [...new Set(codes.map(typeOf))] } },
    },
  }),
  body: ({ detail, code, errors }) => ({
    error: { message: detail, type: typeOf(code), param: paramOf(errors), code },
  }),
  jobHeaders: (id) => ({ "scoreline-job": id }),
};

/** `/input/3` as `input[3]`. */
function paramOf(errors: Problem["errors"]): string | null {
  const [first] = errors ?? [];
  if (first === undefined) return null;
  const { pointer, parameter } = first;
  if (parameter !== undefined) return parameter;
  const [, member = "", ...steps] = pointer?.split("/") ?? [];
  return member === "" ? null : [member, ...steps.map((step) => `[${step}]`)].join("");
}
