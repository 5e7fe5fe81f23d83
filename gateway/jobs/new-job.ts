import { ScoringError } from "../../shared/error.ts";
import { captureMarks } from "../../shared/endpoint/capture.ts";
import { packRows } from "../../shared/job/payload.ts";
import { schemaError } from "../../shared/model/faults.ts";
import { IN_PLAIN_WORDS } from "../../shared/plain-words.ts";
import type { PackableJob } from "../../shared/pack/open-pack.ts";
import type { PipelineContract } from "../../shared/model/pipelines/contract.ts";
import type { ReceiverPolicy } from "../../shared/webhook/receiver/url-fault.ts";
import { usableClass, type Caller } from "../access/caller.ts";
import { asWritten } from "../routing/asked.ts";
import type { Asked, Plan } from "../routing/planner.ts";
import { idempotencyOf } from "../http/idempotency-key.ts";
import { readWebhook } from "../webhooks/webhook-member.ts";
import type { WebhookStore } from "../webhooks/webhook-store.ts";
import { NO_PARAMETERS, type Submission } from "./submission.ts";
import { limitsOf, preferredClass, withDefaults, type LimitDefaults } from "./terms.ts";

const ROUTE = "POST /v1/models/{model}/jobs";

export interface NewJobServices {
  readonly webhooks: Pick<WebhookStore, "subscribe" | "mayCall">;
  /** Which URLs webhooks may be sent to. */
  readonly receivers: ReceiverPolicy;
  readonly limitDefaults: LimitDefaults;
  /** This process, on the records of jobs it waits for. */
  readonly gateway: string;
}

export interface NewJobRequest {
  readonly caller: Caller;
  readonly plan: Plan;
  readonly contract: PipelineContract;
  readonly asked: Asked;
  readonly submission: Submission;
  readonly wait: { readonly ms: number; readonly follows: boolean };
}

/**
 * A job that could be accepted.
 *
 * @throws {ScoringError} naming what is at fault; nothing was stored
 */
export async function newJob(
  { caller, plan, contract, asked, submission, wait }: NewJobRequest,
  { webhooks, receivers, limitDefaults, gateway }: NewJobServices,
): Promise<PackableJob> {
  const { version, endpoint } = plan;
  const defaults = endpoint?.definition.defaults;
  const { tenant } = caller;
  const jobClass = usableClass(caller, submission.class ?? preferredClass(defaults));
  const wanted = submission.webhook && readWebhook(submission.webhook, "job", receivers);
  const webhook = wanted && (await webhooks.subscribe(wanted, tenant));
  const { idempotencyKey: key } = submission;
  return {
    model: version.id,
    via: viaOf(plan, contract),
    class: jobClass,
    tenant,
    form: submission.form,
    rows: submission.rows.length,
    payload: packRows(submission.rows),
    parameters: parametersOf(submission, contract),
    metadata: submission.metadata,
    waiter: wait.ms > 0 ? gateway : undefined,
    limits: limitsOf(
      withDefaults(submission.terms, defaults),
      limitDefaults,
      jobClass,
      version.manifest,
    ),
    idempotency:
      key === undefined
        ? undefined
        : idempotencyOf({
            tenant,
            route: ROUTE,
            key,
            model: asWritten(asked),
            content: submission.content(),
          }),
    webhook,
    trace: submission.trace?.sent,
    // Who sends a key means to come back: the result is kept for as long as promised.
    takes: wait.ms > 0 && !wait.follows && key === undefined,
    ownPacks: webhook !== undefined || (await webhooks.mayCall(tenant)),
  };
}

/** With what of it is captured. */
function viaOf({ endpoint, via, captured }: Plan, { media }: PipelineContract): Plan["via"] {
  const rules = endpoint?.definition.capture;
  if (!captured || via === undefined || !rules) return via;
  const isImage = media.some((type) => type.startsWith("image/"));
  return { ...via, captured: captureMarks(rules, isImage) };
}

/** What requests that name no parameters get, by what their model takes. */
const defaults = new WeakMap<PipelineContract, string>();

/** @returns JSON text @throws {ScoringError} when they are not what the model takes */
export function parametersOf(submission: Submission, contract: PipelineContract): string {
  const isDefault = submission.parameters === NO_PARAMETERS;
  const known = isDefault ? defaults.get(contract) : undefined;
  if (known !== undefined) return known;
  const parameters = contract.parameters.safeParse(submission.parameters, IN_PLAIN_WORDS);
  if (!parameters.success) {
    throw parameterError(schemaError(parameters.error, "/parameters"), submission.parametersIn);
  }
  const text = JSON.stringify(parameters.data);
  if (isDefault) defaults.set(contract, text);
  return text;
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
