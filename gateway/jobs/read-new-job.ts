import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";
import { packRows } from "../../shared/job/payload.ts";
import type { NewJob } from "../../shared/job/record.ts";
import { schemaError } from "../../shared/model/faults.ts";
import type { PipelineContract } from "../../shared/model/pipelines/contract.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { Preference } from "../http/prefer.ts";
import { idempotencyOf, readIdempotencyKey } from "../http/idempotency-key.ts";
import { readSubmission } from "./read-submission.ts";
import type { Submission } from "./submission.ts";
import { readWebhook } from "../webhooks/webhook-member.ts";
import { checkDisconnect, limitsOf, readCancelAfter } from "./terms.ts";
import { callerOf } from "../access/caller.ts";
import { usableClass } from "../access/authorise.ts";
import type { GatewayServices } from "../services.ts";

const ROUTE = "POST /v1/models/{model}/jobs";

/** A job that could be accepted, and what becomes of it when its client hangs up. */
export interface ReadJob {
  readonly job: NewJob;
  readonly cancelsOnDisconnect: boolean;
}

/**
 * Reads a create request: body, options, headers.
 *
 * @throws {ScoringError} naming what is at fault; nothing was stored
 */
export async function readNewJob(
  c: Context,
  version: ModelVersion,
  preference: Preference,
  services: GatewayServices,
): Promise<ReadJob> {
  const key = readIdempotencyKey(c.req.header("idempotency-key"));
  const cancelAfterMs = readCancelAfter(c.req.header("cancel-after"));
  const contract = services.contracts.of(version);
  const { manifest } = version;
  const submission = await readSubmission(c, contract, {
    model: version.id,
    rowsMax: manifest.batching.max_batch_size,
    bodyBytesMax: services.bodyBytesMax,
  });
  const { terms } = submission;
  checkDisconnect(terms, preference.waitMs);
  const caller = callerOf(c);
  const { tenant } = caller;
  const jobClass = usableClass(caller, submission.class);
  const wanted = submission.webhook && readWebhook(submission.webhook, "job", services.receivers);
  const webhook = await services.webhooks.subscribe(wanted, tenant);
  const job: NewJob = {
    id: services.ids.create("job", tenant, services.clock.now()),
    model: version.id,
    class: jobClass,
    tenant,
    form: submission.form,
    rows: submission.rows.length,
    payload: packRows(submission.rows),
    parameters: parametersOf(submission, contract),
    metadata: submission.metadata,
    waiter: preference.waitMs > 0 ? services.gateway : undefined,
    limits: limitsOf(terms, services.limitDefaults, { jobClass, manifest, cancelAfterMs }),
    idempotency:
      key === undefined
        ? undefined
        : idempotencyOf({
            tenant,
            route: ROUTE,
            key,
            model: c.req.param("model") ?? "",
            content: submission.content(),
          }),
    webhook,
  };
  return { job, cancelsOnDisconnect: terms.cancelsOnDisconnect === true };
}

/** @returns JSON text @throws {ScoringError} when they are not what the model takes */
function parametersOf(submission: Submission, contract: PipelineContract): string {
  const parameters = contract.parameters.safeParse(submission.parameters);
  if (parameters.success) return JSON.stringify(parameters.data);
  throw parameterError(schemaError(parameters.error, "/parameters"), submission.parametersIn);
}

/** Faults of query options and form fields are named by parameter: there is no body to point at. */
function parameterError(error: ScoringError, where: Submission["parametersIn"]): ScoringError {
  if (where === "body") return error;
  const faults = error.faults.map(({ detail, pointer = "" }) => ({
    detail,
    parameter: pointer.replace("/parameters/", ""),
  }));
  const { code, message, unlisted } = error;
  return new ScoringError(code, message.replaceAll("/parameters/", "?"), { faults, unlisted });
}
