import {
  errorKind,
  ScoringError,
  toProblem,
  type ErrorCode,
  type Problem,
} from "../../../shared/error.ts";
import type { Fault } from "../../../shared/fault.ts";
import { problemDocument, type ProblemShape } from "../problem-shape.ts";
import { headers, type HeaderName } from "./headers.ts";
import { named, ref, type Answer } from "./parts.ts";

/** What a job that does not succeed may end with: the answer of whoever waits for it. */
export const ENDINGS = [
  "attempt_timeout",
  "canceled",
  "deadline_exceeded",
  "internal",
  "invalid_input",
  "model_crash",
  "model_error",
  "model_unavailable",
  "poisoned",
  "result_too_large",
  "start_timeout",
  "unsupported_media_type",
  "worker_lost",
] as const satisfies readonly ErrorCode[];

/** What may be wrong with a JSON body. */
export const BAD_BODY = [
  "invalid_input",
  "invalid_json",
  "payload_too_large",
  "unknown_field",
  "unsupported_media_type",
] as const satisfies readonly ErrorCode[];

/** Why a job or batch is not there. */
export const GONE = ["gone_deleted", "gone_expired", "lost", "not_found"] as const;

/** Problems of a request that creates a job; `GONE` where it waits for the job's end as well. */
export const CREATING = [
  ...BAD_BODY,
  "acceptance_unknown",
  "model_archived",
  "queue_full",
  "queue_paused",
  "queue_too_long",
] as const;

/** Problems of every path, whatever the operation: `info` tells of them. */
export const EVERYWHERE = ["bad_request", "method_not_allowed"] as const;

/**
 * One response for each status of the codes, which says which of them it can be.
 *
 * @param endings headers of what a job ended with, when that may be an answer too
 */
export function problemResponses(
  codes: readonly ErrorCode[],
  endings?: readonly HeaderName[],
  shape: ProblemShape = problemDocument,
): Record<string, Answer> {
  const all = new Set<ErrorCode>([...codes, ...(endings === undefined ? [] : ENDINGS)]);
  const byStatus = Map.groupBy(all, shape.statusOf);
  return Object.fromEntries(
    [...byStatus].map(([status, of]) => [status, response(status, of.toSorted(), shape, endings)]),
  );
}

function response(
  status: number,
  codes: readonly ErrorCode[],
  shape: ProblemShape,
  endings: readonly HeaderName[] = [],
): Answer {
  const titles = codes.map((code) => `\`${code}\`: ${errorKind(code).title}.`);
  const narrow = { properties: shape.narrow(status, codes) };
  const examples = Object.fromEntries(
    codes.map((code) => [code, shape.body(problemExample(code))]),
  );
  const isTemporary = status === 429 || status === 503;
  const mayBeEnding = ENDINGS.some((code) => codes.includes(code));
  return {
    description: titles.join(" "),
    headers: headers([
      "Cache-Control",
      ...(status === 401 ? (["WWW-Authenticate"] as const) : []),
      ...(status === 403 ? (["ScopeChallenge"] as const) : []),
      ...(isTemporary ? (["Retry-After"] as const) : []),
      ...(mayBeEnding ? endings : []),
    ]),
    content: {
      [shape.mediaType]: {
        schema: { allOf: [ref(shape.schema), narrow] },
        examples: named(examples),
      },
    },
  };
}

/** A problem of this kind, as it could be. */
export function problemExample(code: ErrorCode): Problem {
  const faults = FAULTS[code];
  const { title } = errorKind(code);
  const where = faults?.[0]?.pointer ?? faults?.[0]?.parameter;
  const detail = where === undefined ? `${title}.` : `${where}: ${faults?.[0]?.detail}`;
  return toProblem(new ScoringError(code, detail, faults === undefined ? {} : { faults }));
}

const FAULTS: Partial<Record<ErrorCode, readonly Fault[]>> = {
  invalid_input: [{ detail: "is longer than 2000 characters", pointer: "/input/text" }],
  unknown_field: [{ detail: "is not a known field", pointer: "/inptu" }],
};
