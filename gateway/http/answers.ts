import type { Problem } from "../../shared/error.ts";
import { isTerminal, type JobView } from "../../shared/job/record.ts";
import { jobEtag, jobJson } from "../jobs/job-json.ts";
import { serverTiming } from "../jobs/server-timing.ts";
import type { Standing } from "../jobs/standing.ts";

const JSON_TYPE = { "content-type": "application/json", "cache-control": "no-store" };

type Headers = Record<string, string>;

/** A plain `Response` is measurably cheaper than the framework's helpers. */
export function jobAnswer(
  job: JobView,
  status: number,
  headers: Headers = {},
  standing?: Standing,
): Response {
  return new Response(`${jobJson(job, { standing })}\n`, {
    status,
    headers: { ...JSON_TYPE, etag: jobEtag(job), ...serverTiming(job), ...headers },
  });
}

/** An answer about a job without the job. */
export function bareAnswer(job: JobView, status: number, headers: Headers): Response {
  return new Response(null, {
    status,
    headers: { "cache-control": "no-store", etag: jobEtag(job), ...headers },
  });
}

export function jsonAnswer(body: unknown, status = 200, headers: Headers = {}): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { ...JSON_TYPE, ...headers },
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

/**
 * The problem that a failed, canceled or expired job ended with, as the answer of who waited for
 * it: its own status, and the job beside it.
 */
export function endedBadlyAnswer(job: JobView, headers: Headers = {}): Response {
  const problem = problemOf(job);
  const body = `${JSON.stringify({ ...problem, job_id: job.id }).slice(0, -1)},"job":${jobJson(job)}}\n`;
  return new Response(body, {
    status: problem.status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      location: `/v1/jobs/${job.id}`,
      ...serverTiming(job),
      ...headers,
    },
  });
}

/** @throws when the job has not ended badly: callers have looked at its status */
function problemOf(job: JobView): Problem {
  if (!isTerminal(job.status) || job.error === undefined) throw new Error("job has no problem");
  // Written by our own settle, from the error table.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(job.error) as Problem;
}
