import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";
import { packRows } from "../../shared/job/payload.ts";
import { isTerminal, type JobView, type NewJob } from "../../shared/job/record.ts";
import { schemaError } from "../../shared/model/faults.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { endedBadlyAnswer, jobAnswer, unfinishedHeaders } from "../answer/answers.ts";
import { readPreference, type Preference } from "../answer/prefer.ts";
import { readSubmission } from "../body/read-submission.ts";
import type { Submission } from "../body/submission.ts";
import { callerOf } from "../caller.ts";
import { usableClass, usableVersion } from "../middleware/authorise.ts";
import type { GatewayServices } from "../services.ts";

/** `POST /v1/models/{model}/jobs` */
export async function createJob(c: Context, services: GatewayServices): Promise<Response> {
  const { registry, waiter, dispatcher, waits } = services;
  const version = usableVersion(callerOf(c), registry, c.req.param("model") ?? "");
  refuseUnavailable(version, services);
  const preference = readPreference(c.req.header("prefer"), c.req.query("wait"), waits);
  readOnFailure(c);
  const job = await newJob(c, version, preference, services);
  // Listening begins before the job exists: it may end before accept's reply is read.
  const watch = waiter.watch(job.id);
  try {
    await dispatcher.submit(job, version.manifest.batching.max_batch_size);
    if (preference.waitMs === 0) return accepted(queuedView(job), preference, services);
    const { signal } = c.req.raw;
    const { waitMs } = preference;
    // The job is accepted: whatever happens to the wait, the answer says so.
    const view = await waiter
      .wait(job.id, watch, { waitMs, isCreator: true, signal })
      .catch(() => undefined);
    return answer(c, view ?? queuedView(job), preference, services);
  } finally {
    watch.close();
  }
}

async function newJob(
  c: Context,
  version: ModelVersion,
  preference: Preference,
  services: GatewayServices,
): Promise<NewJob> {
  const { contracts, ids, clock, bodyBytesMax, gateway } = services;
  const contract = contracts.of(version);
  const submission = await readSubmission(c, contract, {
    model: version.id,
    rowsMax: version.manifest.batching.max_batch_size,
    bodyBytesMax,
  });
  const parameters = contract.parameters.safeParse(submission.parameters);
  if (!parameters.success) {
    throw parameterError(schemaError(parameters.error, "/parameters"), submission.parametersIn);
  }
  const caller = callerOf(c);
  const createdAtMs = clock.now();
  return {
    id: ids.create("job", caller.tenant, createdAtMs),
    model: version.id,
    class: usableClass(caller, submission.class),
    tenant: caller.tenant,
    form: submission.form,
    rows: submission.rows.length,
    payload: packRows(submission.rows),
    parameters: JSON.stringify(parameters.data),
    metadata: submission.metadata,
    waiter: preference.waitMs > 0 ? gateway : undefined,
    createdAtMs,
  };
}

/** Faults of query options and form fields are named by parameter: there is no body to point at. */
function parameterError(error: ScoringError, where: Submission["parametersIn"]): ScoringError {
  if (where === "body") return error;
  const faults = error.faults.map(({ detail, pointer = "" }) => ({
    detail,
    parameter: pointer.replace("/parameters/", ""),
  }));
  return new ScoringError(error.code, error.message.replaceAll("/parameters/", "?"), { faults });
}

/** What a job is right after accept, without reading it back. */
function queuedView(job: NewJob): JobView {
  return {
    ...job,
    status: "queued",
    attempt: 1,
    output: undefined,
    error: undefined,
    metrics: undefined,
    startedAtMs: undefined,
    endedAtMs: undefined,
    expiresAtMs: undefined,
  };
}

function answer(
  c: Context,
  job: JobView,
  preference: Preference,
  services: GatewayServices,
): Response {
  if (!isTerminal(job.status)) return accepted(job, preference, services);
  if (job.status === "succeeded" || readOnFailure(c) === "job") {
    return jobAnswer(job, 200, { location: `/v1/jobs/${job.id}`, ...appliedHeader(preference) });
  }
  return endedBadlyAnswer(job, appliedHeader(preference));
}

function accepted(job: JobView, preference: Preference, { waiter }: GatewayServices): Response {
  const headers = {
    location: `/v1/jobs/${job.id}`,
    ...unfinishedHeaders(waiter.isDraining),
    ...appliedHeader(preference),
  };
  if (preference.isMinimal) return new Response(null, { status: 202, headers });
  return jobAnswer(job, 202, headers);
}

/** @throws {ScoringError} `invalid_input` for a value nobody knows */
function readOnFailure(c: Context): "job" | "problem" {
  const value = c.req.query("on_failure") ?? "problem";
  if (value === "job" || value === "problem") return value;
  throw new ScoringError("invalid_input", "?on_failure= is `job` or `problem`.", {
    faults: [{ detail: "is neither `job` nor `problem`", parameter: "on_failure" }],
  });
}

function appliedHeader({ applied }: Preference): Record<string, string> {
  return applied === undefined ? {} : { "preference-applied": applied };
}

function refuseUnavailable(version: ModelVersion, { workers }: GatewayServices): void {
  const reason = workers.whyUnavailable(version.id);
  if (reason === undefined) return;
  throw new ScoringError(
    "model_unavailable",
    `${version.id} cannot be scored: ${reason.unavailable}.`,
  );
}
