import { errorKind, type ErrorCode, type Problem } from "../../shared/error.ts";
import type { Headers } from "./answers.ts";

/** How errors look on the wire. */
export interface ProblemShape {
  readonly mediaType: string;
  /** The name of its schema in `/openapi.json`. */
  readonly schema: string;
  readonly statusOf: (code: ErrorCode) => number;
  /** Members that are the same in all answers of a status, as properties of that schema. */
  readonly narrow: (status: number, codes: readonly ErrorCode[]) => object;
  readonly body: (problem: Problem) => object;
  /** Headers that name the job a problem is about. */
  readonly jobHeaders: (id: string) => Headers;
}

/** Ours (RFC 9457). A dialect has a shape of its own. */
export const problemDocument: ProblemShape = {
  mediaType: "application/problem+json",
  schema: "Problem",
  statusOf: (code) => errorKind(code).status,
  narrow: (status, codes) => ({ status: { const: status }, code: { enum: codes } }),
  body: (problem) => problem,
  jobHeaders: (id) => ({ location: `/v1/jobs/${id}` }),
};
