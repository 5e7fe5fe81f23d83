import type { Context } from "hono";
import type { BatchView } from "../../shared/batch/record.ts";
import { fault } from "../../shared/error.ts";
import { batchAnswer } from "./batch-answer.ts";
import { readPreference } from "../http/prefer.ts";
import { callerOf } from "../access/caller.ts";
import { demandRun } from "../access/authorise.ts";
import type { GatewayServices } from "../services.ts";
import { waitFor } from "./create-batch.ts";
import { batchIdOf, orBatchGone, wrongBatchState } from "./find-batch.ts";

/** `POST /v1/batches/{id}/close`: no more items; scoring begins. Again does no harm. */
export async function closeBatch(c: Context, services: GatewayServices): Promise<Response> {
  const { batches, waits } = services;
  const preference = readPreference(c.req.header("prefer"), c.req.query("wait"), waits);
  const batch = await find(c, services);
  const verdict = await batches.move(batch, "close");
  if (verdict === "empty") throw fault("invalid_input", "", "The batch has no items yet.");
  if (verdict === "done") return waitFor(c, batch.id, preference, services);
  const now = await find(c, services);
  return wrongBatchState(now, "batch_not_open", `The batch is ${now.status}.`);
}

/** `POST /v1/batches/{id}/cancel`: items that have not ended are canceled. Again does no harm. */
export async function cancelBatch(c: Context, services: GatewayServices): Promise<Response> {
  const batch = await find(c, services);
  const verdict = await services.batches.move(batch, "cancel");
  const now = await find(c, services);
  if (verdict === "done") return batchAnswer(now, 202);
  return wrongBatchState(now, "batch_ended", `The batch has already ended: ${now.status}.`);
}

/** `POST /v1/batches/{id}/retry`: items that did not succeed are queued once more. */
export async function retryBatch(c: Context, services: GatewayServices): Promise<Response> {
  services.memory.check();
  const batch = await find(c, services);
  demandRun(callerOf(c), batch);
  const verdict = await services.batches.move(batch, "retry");
  const now = await find(c, services);
  if (verdict === "done") return batchAnswer(now, 202);
  const message = `The batch is ${now.status}.`;
  if (verdict === "not_ended") return wrongBatchState(now, "batch_not_ended", message);
  const why =
    verdict === "never_closed"
      ? "The batch was never closed, so items may be missing."
      : "The batch has nothing left to retry.";
  return wrongBatchState(now, "batch_not_retryable", why);
}

/** `DELETE /v1/batches/{id}`: erases items, results and record of an ended batch; again does no harm. */
export async function deleteBatch(c: Context, services: GatewayServices): Promise<Response> {
  const id = batchIdOf(c, services);
  const { tenant } = callerOf(c);
  const verdict = await services.batches.move({ id, tenant, attempt: 1 }, "erase");
  if (verdict === "done") return new Response(null, { status: 204 });
  const now = await find(c, services);
  return wrongBatchState(now, "batch_not_ended", `The batch is ${now.status}; cancel it first.`);
}

async function find(c: Context, services: GatewayServices): Promise<BatchView> {
  return orBatchGone(c, await services.batches.read(batchIdOf(c, services)));
}
