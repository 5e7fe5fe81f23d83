import type { Problem } from "../../shared/error.ts";
import { problemDocument, type ProblemShape } from "./problem-shape.ts";

export const JSON_HEADERS = { "content-type": "application/json", "cache-control": "no-store" };

export type Headers = Record<string, string>;

/** A plain `Response` is measurably cheaper than the framework's helpers. */
export function jsonAnswer(body: unknown, status = 200, headers: Headers = {}): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { ...JSON_HEADERS, ...headers },
  });
}

export function problemAnswer(
  problem: Problem,
  headers: Headers = {},
  shape: ProblemShape = problemDocument,
): Response {
  const status = shape.statusOf(problem.code);
  const isTemporary = status === 503 || status === 429;
  const retry: Headers = isTemporary ? { "retry-after": "2" } : {};
  return new Response(`${JSON.stringify(shape.body(problem))}\n`, {
    status,
    headers: {
      "content-type": shape.mediaType,
      "cache-control": "no-store",
      ...retry,
      ...headers,
    },
  });
}
