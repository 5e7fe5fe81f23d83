import { z } from "zod";
import { fault, ScoringError } from "../../shared/error.ts";
import { isTerminal, type JobView } from "../../shared/job/view.ts";
import type { Rightness } from "../../shared/pack/label.ts";
import { versionComparerOf } from "../../shared/model/pipelines.ts";
import { areRight } from "../../shared/model/pipelines/versions.ts";
import type { Registry } from "../../shared/model/registry.ts";
import type { Handler } from "../http/openapi/operation.ts";
import { parseBody } from "../http/parse-json.ts";
import { readBody } from "../http/read-body.ts";
import { truthFaults } from "../models/truths.ts";
import { readJob } from "./get-job.ts";
import { wrongState } from "./job-answer.ts";
import type { JobServices } from "./services.ts";

const BODY_BYTES_MAX = 16_384;
/** Of a label, as batches have it of what is expected. */
const LABEL_BYTES_MAX = 4096;

const OPEN = { verdict: "open", compared: [] } as const;

const truth = z.unknown().optional();

/** What a client sends: what the output should have said, under either name. */
export const labelSchema = z
  .strictObject({
    label: truth.describe("What the output should have said: a label, or an output."),
    expected: truth.describe("Same as `label`, as items of batches have it."),
  })
  .refine(
    ({ label, expected }) => (label === undefined) !== (expected === undefined),
    "needs either `label` or `expected`",
  );

/**
 * `POST /v1/jobs/{id}/label`: keeps what the job should have answered, with the job and where it is
 * captured. Saying the same again does no harm; saying something else replaces it.
 */
export const labelJob: Handler<
  Pick<JobServices, "ids" | "reader" | "jobs" | "registry" | "metrics">
> = async (c, services) => {
  const job = await readJob(c, services);
  const { label, expected } = parseBody(labelSchema, await readBody(c, BODY_BYTES_MAX));
  // Null is a label like others.
  const said = label === undefined ? expected : label;
  const pointer = label === undefined ? "/expected" : "/label";
  const text = JSON.stringify(said);
  if (Buffer.byteLength(text) > LABEL_BYTES_MAX) {
    throw fault("invalid_input", pointer, `is longer than ${LABEL_BYTES_MAX} bytes of JSON`);
  }
  const { registry } = services;
  if (isTerminal(job.status)) refuseImpossible(job, said, { pointer, registry });
  const outcome = rightness(job, said, registry);
  const { verdict, compared } = isTerminal(job.status)
    ? await services.jobs.label({ job, label: text, outcome })
    : OPEN;
  if (verdict === "open") {
    return wrongState(
      job,
      "job_not_ended",
      `The job is ${job.status}; label it when it has ended.`,
    );
  }
  if (verdict === "missing") throw new ScoringError("gone_deleted", "The job was deleted.");
  if (verdict === "labeled") services.metrics.jobLabeled(job, outcome);
  const pipeline = registry.find(job.model)?.manifest.pipeline.type;
  // Also when it was said before: whoever said it may have died.
  if (pipeline !== undefined) {
    await services.jobs.countTruth({ live: job, pipeline, label: text, compared });
  }
  return new Response(null, { status: 204 });
};

/**
 * @param at where it stands
 * @throws {ScoringError} `invalid_input` for what no version of the model can answer
 */
function refuseImpossible(
  { model, form, rows }: JobView,
  said: unknown,
  { pointer, registry }: { readonly pointer: string; readonly registry: Registry },
): void {
  const version = registry.find(model);
  const faultOf = version === undefined ? () => undefined : truthFaults(version, registry);
  if (form === "many" && (!Array.isArray(said) || said.length !== rows)) {
    throw fault("invalid_input", pointer, `must be a list of ${rows}, one for each input`);
  }
  const truths: readonly unknown[] = form === "many" && Array.isArray(said) ? said : [said];
  for (const [i, truthOf] of truths.entries()) {
    const why = faultOf(truthOf);
    if (why !== undefined)
      throw fault("invalid_input", form === "many" ? `${pointer}/${i}` : pointer, why);
  }
}

/** Of several inputs all outputs have to be right. A job that failed was wrong; one that did not run is neither. */
function rightness(job: JobView, truthOf: unknown, registry: Registry): Rightness {
  if (job.status === "failed") return "wrong";
  const version = registry.find(job.model);
  if (job.output === undefined || version === undefined) return "unknown";
  const comparer = versionComparerOf(version.manifest.pipeline);
  const isList = job.form === "many";
  return areRight(comparer, JSON.parse(job.output), { truth: truthOf, isList }) ? "right" : "wrong";
}
