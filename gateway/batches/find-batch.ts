import type { Context } from "hono";
import type { BatchView } from "../../shared/batch/record.ts";
import { ScoringError, toProblem, type ErrorCode } from "../../shared/error.ts";
import type { SoughtBatch } from "../../shared/batch/batches.ts";
import { DELETED, LOST } from "../../shared/job/read.ts";
import { problemAnswer } from "../http/answers.ts";
import { batchJson } from "./batch-json.ts";
import { goneError } from "../http/gone.ts";
import { callerOf } from "../access/caller.ts";
import type { GatewayServices } from "../services.ts";

/**
 * The id in the path, when this installation made it for this tenant.
 *
 * @throws {ScoringError} `not_found` for every other
 */
export function batchIdOf(c: Context, { ids }: GatewayServices): string {
  const id = c.req.param("id") ?? "";
  if (id.startsWith("bat_") && ids.verify(id, callerOf(c).tenant) !== undefined) return id;
  throw noSuchBatch();
}

function noSuchBatch(): ScoringError {
  return new ScoringError("not_found", "There is no such batch.");
}

/**
 * The batch, or why it is not there.
 *
 * @throws {ScoringError} `gone_expired`, `gone_deleted`, `lost`, `not_found`
 */
export function orBatchGone(c: Context, batch: SoughtBatch): BatchView {
  if (batch === undefined || batch === DELETED || batch === LOST) throw goneError("batch", batch);
  if (batch.tenant !== callerOf(c).tenant) throw noSuchBatch();
  return batch;
}

/** Refuses a move that the batch's state does not allow, and shows the batch. */
export function wrongBatchState(batch: BatchView, code: ErrorCode, message: string): Response {
  const members = { batch_id: batch.id, batch: JSON.parse(batchJson(batch)) as unknown };
  return problemAnswer(toProblem(new ScoringError(code, message, { members })));
}
