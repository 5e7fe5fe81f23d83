import { ScoringError, toProblem, type ErrorCode, type Problem } from "../../shared/error.ts";
import { isTerminal, type JobView } from "../../shared/job/view.ts";
import { keepingLast } from "../../shared/keeping-last.ts";
import { JSON_HEADERS, problemAnswer, type Headers } from "../http/answers.ts";
import { jobEtag, jobJson } from "./job-json.ts";
import { withOutput, type ReadsPieces } from "./large-output.ts";
import type { JobServices } from "./services.ts";
import { standingOf, type Standing } from "./standing.ts";

export interface JobAnswerOptions {
  readonly headers?: Headers;
  readonly standing?: Standing | undefined;
  /** Without it a large output is left out. */
  readonly reader?: ReadsPieces;
}

/** A job as it is. */
export function jobAnswer(job: JobView, status: number, options: JobAnswerOptions = {}): Response {
  const { standing, reader } = options;
  const text = `${jobJson(job, { standing, fillsHole: reader !== undefined })}\n`;
  const { body, headers } = reader
    ? withOutput(text, job, reader)
    : { body: text, headers: undefined };
  const own = { etag: jobEtag(job), ...serverTiming(job), ...headers, ...options.headers };
  return new Response(body, { status, headers: { ...JSON_HEADERS, ...own } });
}

/** What says why a job is not done yet. */
export type Looks = Pick<JobServices, "lanes" | "workers" | "clock" | "waiter">;

/** A job as it is, with why it is not done yet. */
export async function currentAnswer(
  job: JobView,
  status: number,
  headers: Headers,
  services: Looks,
): Promise<Response> {
  const standing = await lookAt(job, services);
  const retry = retryHeaders(standing, services);
  return jobAnswer(job, status, { headers: { ...retry, ...headers }, standing });
}

/** Why a job is not done yet; undefined when it is. */
export async function lookAt(
  job: JobView,
  { lanes, workers, clock }: Looks,
): Promise<Standing | undefined> {
  if (isTerminal(job.status)) return undefined;
  const flow = await lanes.of({ model: job.model, class: job.class });
  return standingOf(job, { flow, workers: workers.count(job.model), nowMs: clock.now() });
}

/** `Retry-After` of a job that has not ended; 0 from a gateway that goes away: ask elsewhere. */
export function retryHeaders(
  standing: Standing | undefined,
  { waiter }: Pick<Looks, "waiter">,
): Headers {
  if (standing === undefined) return {};
  return { "retry-after": waiter.isDraining ? "0" : String(standing.retryAfterSeconds) };
}

/** An answer about a job without the job. */
export function bareAnswer(job: JobView, status: number, headers: Headers): Response {
  return new Response(null, {
    status,
    headers: { "cache-control": "no-store", etag: jobEtag(job), ...headers },
  });
}

/**
 * The problem that a failed, canceled or expired job ended with, as the answer of whoever waited for
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

/** The same for who answers in another shape: an error that names the job. */
export function endedBadly(job: JobView): ScoringError {
  const { code, detail, errors: faults = [] } = problemOf(job);
  return new ScoringError(code, detail, { faults, members: { job_id: job.id } });
}

/** @throws when the job has not ended badly: callers have looked at its status */
function problemOf(job: JobView): Problem {
  if (!isTerminal(job.status) || job.error === undefined) throw new Error("job has no problem");
  // Written by our own settle, from the error table.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(job.error) as Problem;
}

/** Refuses a move that the job's state does not allow, and shows the job. */
export function wrongState(job: JobView, code: ErrorCode, message: string): Response {
  const members = { job_id: job.id, job: JSON.parse(jobJson(job)) as unknown };
  return problemAnswer(toProblem(new ScoringError(code, message, { members })));
}

/** Metric of the job → name in the header, in the order of its course. */
const NAMES: Readonly<Record<string, string>> = {
  queue_ms: "queue",
  batch_wait_ms: "batch",
  decode_ms: "decode",
  inference_ms: "inference",
  total_ms: "total",
};

/**
 * The job's durations as a `Server-Timing` header, in ms.
 * @see https://www.w3.org/TR/server-timing/
 */
function serverTiming({ metrics }: JobView): Headers {
  return metrics === undefined ? {} : timingOf(metrics);
}

/** Jobs of one tensor batch have their metrics in common. */
const timingOf = keepingLast((metrics): Headers => {
  // Written by our own settle.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const given = JSON.parse(metrics) as Readonly<Record<string, unknown>>;
  const entries = Object.entries(NAMES).flatMap(([metric, name]) => {
    const value = given[metric];
    return typeof value === "number" ? [`${name};dur=${value}`] : [];
  });
  return entries.length === 0 ? {} : { "server-timing": entries.join(", ") };
});
