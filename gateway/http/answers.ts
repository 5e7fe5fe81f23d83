import type { Problem } from "../../shared/error.ts";

export const JSON_HEADERS = { "content-type": "application/json", "cache-control": "no-store" };

export type Headers = Record<string, string>;

/** A plain `Response` is measurably cheaper than the framework's helpers. */
export function jsonAnswer(body: unknown, status = 200, headers: Headers = {}): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { ...JSON_HEADERS, ...headers },
  });
}

export function problemAnswer(problem: Problem, headers: Headers = {}): Response {
  const isTemporary = problem.status === 503 || problem.status === 429;
  const retry: Headers = isTemporary ? { "retry-after": "2" } : {};
  return new Response(`${JSON.stringify(problem)}\n`, {
    status: problem.status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...retry,
      ...headers,
    },
  });
}
