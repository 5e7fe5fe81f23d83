import { fault } from "../../shared/error.ts";
import { batchAnswer, wrongState } from "./batch-answer.ts";
import { preferenceOf } from "../http/prefer.ts";
import { callerOf, demandRun } from "../access/caller.ts";
import { waitFor, type Waits } from "./create-batch.ts";
import { batchIdOf, readBatch, type Finds } from "./get-batch.ts";
import type { BatchServices } from "./services.ts";
import type { Handler } from "../http/openapi/operation.ts";

/** `POST /v1/batches/{id}/close`: no more items; scoring begins. Again does no harm. */
export const closeBatch: Handler<Finds & Waits> = async (c, services) => {
  const preference = preferenceOf(c, services.waits);
  const batch = await readBatch(c, services);
  const verdict = await services.batches.move(batch, "close");
  if (verdict === "empty") throw fault("invalid_input", "", "The batch has no items yet.");
  if (verdict === "done") return waitFor(c, batch.id, preference, services);
  const now = await readBatch(c, services);
  return wrongState(now, "batch_not_open", `The batch is ${now.status}.`);
};

/** `POST /v1/batches/{id}/cancel`: items that have not ended are canceled. Again does no harm. */
export const cancelBatch: Handler<Finds> = async (c, services) => {
  const batch = await readBatch(c, services);
  const verdict = await services.batches.move(batch, "cancel");
  const now = await readBatch(c, services);
  if (verdict === "done") return batchAnswer(now, 202);
  return wrongState(now, "batch_ended", `The batch has already ended: ${now.status}.`);
};

/** `POST /v1/batches/{id}/retry`: items that did not succeed are queued once more. */
export const retryBatch: Handler<Finds & Pick<BatchServices, "memory">> = async (c, services) => {
  services.memory.check();
  const batch = await readBatch(c, services);
  demandRun(callerOf(c), batch);
  const verdict = await services.batches.move(batch, "retry");
  const now = await readBatch(c, services);
  if (verdict === "done") return batchAnswer(now, 202);
  const message = `The batch is ${now.status}.`;
  if (verdict === "not_ended") return wrongState(now, "batch_not_ended", message);
  const why =
    verdict === "never_closed"
      ? "The batch was never closed, so items may be missing."
      : "The batch has nothing left to retry.";
  return wrongState(now, "batch_not_retryable", why);
};

/** `DELETE /v1/batches/{id}`: erases items, results and record of an ended batch; again does no harm. */
export const deleteBatch: Handler<Finds> = async (c, services) => {
  const id = batchIdOf(c, services);
  const { tenant } = callerOf(c);
  const verdict = await services.batches.move({ id, tenant, attempt: 1 }, "erase");
  if (verdict === "done") return new Response(null, { status: 204 });
  const now = await readBatch(c, services);
  return wrongState(now, "batch_not_ended", `The batch is ${now.status}; cancel it first.`);
};
