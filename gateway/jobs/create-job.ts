import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";
import { isTerminal, type JobView, type NewJob } from "../../shared/job/record.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { Submitted } from "../../shared/job/dispatcher.ts";
import { bareAnswer, endedBadlyAnswer, jobAnswer } from "./job-answer.ts";
import { eventStream } from "../http/event-stream.ts";
import { jobEvents } from "./event-source.ts";
import { readPreference, type Preference } from "../http/prefer.ts";
import { currentAnswer, lookAt, retryHeaders } from "./unfinished.ts";
import { callerOf } from "../access/caller.ts";
import { usableVersion } from "../access/authorise.ts";
import type { SubmissionCount } from "../http/metrics.ts";
import type { GatewayServices } from "../services.ts";
import { cancel } from "./cancel-job.ts";
import { orGone } from "./find-job.ts";
import { readNewJob } from "./read-new-job.ts";

/** `POST /v1/models/{model}/jobs` */
export async function createJob(c: Context, services: GatewayServices): Promise<Response> {
  const version = usableVersion(callerOf(c), services.registry, c.req.param("model") ?? "");
  const count = services.metrics.submission(version.id);
  try {
    return await create(c, version, count, services);
  } catch (error) {
    count.failed(error);
    throw error;
  }
}

async function create(
  c: Context,
  version: ModelVersion,
  count: SubmissionCount,
  services: GatewayServices,
): Promise<Response> {
  const { dispatcher, waits } = services;
  const preference = readPreference(c.req.header("prefer"), c.req.query("wait"), waits);
  readOnFailure(c);
  const { job, cancelsOnDisconnect } = await readNewJob(c, version, preference, services);
  count.read(job);
  const bound = await findBound(job, services);
  if (bound !== undefined) {
    count.replayed();
    return replay(c, bound, preference, services);
  }
  services.workers.refuseUnavailable(version.id);
  services.memory.check();
  // Listening begins before the job exists: it may end before accept's reply is read.
  const watch = services.waiter.watch(job.id);
  const { signal } = c.req.raw;
  try {
    const submitted = await dispatcher.submit(job, version.manifest.batching.max_batch_size);
    count[submitted.kind]();
    if (submitted.kind === "replayed") return await replay(c, submitted.id, preference, services);
    const queued = queuedView(job, submitted);
    if (wantsEvents(c)) {
      const location = { location: `/v1/jobs/${job.id}` };
      const { waiter } = services;
      const options = { id: job.id, waiter, lastSeen: undefined, signal };
      return eventStream({ ...jobEvents(job.id, services), ...options }, location);
    }
    if (preference.waitMs === 0) return await unfinished(queued, preference, services);
    const { waitMs } = preference;
    // Who sends a key means to come back: the result is kept for as long as promised.
    const takes = job.idempotency === undefined;
    // The job is accepted: whatever happens to the wait, the answer says so.
    const view = await services.waiter
      .wait(job.id, watch, { waitMs, isCreator: true, takes, signal })
      .catch(() => queued);
    if (signal.aborted && cancelsOnDisconnect) await cancel(job, services);
    return await answer(c, orGone(c, view), preference, services);
  } finally {
    watch.close();
  }
}

/** Clients that cannot follow `Location` get the job's events as the answer to their POST. */
function wantsEvents(c: Context): boolean {
  return c.req.header("accept")?.startsWith("text/event-stream") === true;
}

/** @throws {ScoringError} `idempotency_key_reused` */
async function findBound(
  { idempotency }: NewJob,
  { jobs }: GatewayServices,
): Promise<string | undefined> {
  return idempotency === undefined ? undefined : jobs.findBound(idempotency);
}

/** The job that the key is bound to, as it is now: a repeated request waits with its own `Prefer`. */
async function replay(
  c: Context,
  id: string,
  preference: Preference,
  services: GatewayServices,
): Promise<Response> {
  const watch = services.waiter.watch(id);
  try {
    const { signal } = c.req.raw;
    const options = { waitMs: preference.waitMs, isCreator: false, takes: false, signal };
    const job = orGone(c, await services.waiter.wait(id, watch, options));
    const reply = await answer(c, job, preference, services);
    reply.headers.set("idempotent-replayed", "true");
    return reply;
  } finally {
    watch.close();
  }
}

type Accepted = Extract<Submitted, { readonly kind: "accepted" }>;

/** What a job is right after accept, without reading it back. */
function queuedView(job: NewJob, { ahead, createdAtMs }: Accepted): JobView {
  return {
    ...job,
    status: "queued",
    attempt: 1,
    output: undefined,
    error: undefined,
    metrics: undefined,
    history: undefined,
    createdAtMs,
    queuedAtMs: createdAtMs,
    startedAtMs: undefined,
    isInRun: false,
    ahead,
    endedAtMs: undefined,
    expiresAtMs: undefined,
    webhook:
      job.webhook === undefined
        ? undefined
        : { status: "pending", attempts: 0, nextAttemptAtMs: undefined, lastStatus: undefined },
  };
}

async function answer(
  c: Context,
  job: JobView,
  preference: Preference,
  services: GatewayServices,
): Promise<Response> {
  if (!isTerminal(job.status)) return unfinished(job, preference, services);
  if (job.status === "succeeded" || readOnFailure(c) === "job") {
    return jobAnswer(job, 200, { location: `/v1/jobs/${job.id}`, ...appliedHeader(preference) });
  }
  return endedBadlyAnswer(job, appliedHeader(preference));
}

async function unfinished(
  job: JobView,
  preference: Preference,
  services: GatewayServices,
): Promise<Response> {
  const headers = { location: `/v1/jobs/${job.id}`, ...appliedHeader(preference) };
  if (!preference.isMinimal) return currentAnswer(job, 202, headers, services);
  const retry = retryHeaders(await lookAt(job, services), services);
  return bareAnswer(job, 202, { ...headers, ...retry });
}

/** @throws {ScoringError} `invalid_input` for a value nobody knows */
function readOnFailure(c: Context): "job" | "problem" {
  const value = c.req.query("on_failure") ?? "problem";
  if (value === "job" || value === "problem") return value;
  throw new ScoringError("invalid_input", "?on_failure= must be `job` or `problem`.", {
    faults: [{ detail: "is neither `job` nor `problem`", parameter: "on_failure" }],
  });
}

function appliedHeader({ applied }: Preference): Record<string, string> {
  return applied === undefined ? {} : { "preference-applied": applied };
}
