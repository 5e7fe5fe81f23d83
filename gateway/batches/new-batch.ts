import type { NewBatch } from "../../shared/batch/record.ts";
import { fault } from "../../shared/error.ts";
import type { Idempotency } from "../../shared/job/new-job.ts";
import type { PipelineContract } from "../../shared/model/pipelines/contract.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { packSubscription } from "../../shared/webhook/subscription.ts";
import { readWebhook } from "../webhooks/webhook-member.ts";
import { type Caller, usableClass } from "../access/caller.ts";

import { parseWith } from "../http/parse-json.ts";
import type { BatchRequest } from "./upload/batch-request.ts";
import type { BatchServices, BatchTerms } from "./services.ts";

export interface BatchOrigin {
  readonly request: BatchRequest;
  /** Where its members stand in the body. */
  readonly pointer: string;
  readonly version: ModelVersion;
  readonly contract: PipelineContract;
  readonly caller: Caller;
  readonly idempotency: Idempotency | undefined;
  /** Its items are scored as they come. */
  readonly isEager: boolean;
}

/** @throws {ScoringError} naming what is at fault */
export async function newBatch(
  origin: BatchOrigin,
  services: Pick<BatchServices, "ids" | "clock" | "batchTerms" | "receivers" | "webhooks">,
): Promise<NewBatch> {
  const { ids, clock, batchTerms, receivers, webhooks } = services;
  const { request, pointer, version, contract, caller, idempotency, isEager } = origin;
  const parameters = parseWith(
    contract.parameters,
    request.parameters ?? {},
    `${pointer}/parameters`,
  );
  const wanted =
    request.webhook && readWebhook(request.webhook, "batch", receivers, `${pointer}/webhook`);
  const subscription = await webhooks.subscribe(wanted, caller.tenant);
  const retentionMs = request.retention_ms ?? batchTerms.retentionMs;
  return {
    id: ids.create("bat", caller.tenant, clock.now()),
    model: version.id,
    class: usableClass(caller, request.priority ?? "bulk"),
    tenant: caller.tenant,
    parameters: JSON.stringify(parameters),
    metadata: request.metadata === undefined ? undefined : JSON.stringify(request.metadata),
    limits: {
      windowMs: request.completion_window_ms ?? batchTerms.windowMs,
      retentionSeconds: Math.ceil(retentionMs / 1000),
      maxFailed: request.max_failed,
    },
    webhook: subscription && packSubscription(subscription),
    sinkAbove: sinkAbove(request.sink, batchTerms, `${pointer}/sink`),
    isEager,
    idempotency,
  };
}

/** @param wanted what the client says of it @throws {ScoringError} `invalid_input` */
function sinkAbove(
  wanted: boolean | undefined,
  terms: BatchTerms,
  pointer: string,
): number | undefined {
  if (wanted === undefined) return terms.sinkAbove;
  if (!wanted) return undefined;
  if (terms.sinkAbove !== undefined) return 0;
  throw fault("invalid_input", pointer, "cannot be true: this gateway has no folder for results");
}
