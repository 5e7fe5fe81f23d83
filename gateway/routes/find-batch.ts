import type { Context } from "hono";
import type { BatchView } from "../../shared/batch/record.ts";
import { ScoringError, toProblem, type ErrorCode } from "../../shared/error.ts";
import type { FoundBatch } from "../../shared/queue/batches.ts";
import { DELETED } from "../../shared/queue/read.ts";
import { problemAnswer } from "../answer/answers.ts";
import { batchJson } from "../answer/batch-json.ts";
import { callerOf } from "../caller.ts";
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

/** The batch, or why it is not there. @throws {ScoringError} `gone_expired`, `gone_deleted`, `not_found` */
export function orBatchGone(c: Context, batch: FoundBatch): BatchView {
  if (batch === DELETED) throw new ScoringError("gone_deleted", "The batch was deleted.");
  if (batch !== undefined && batch.tenant !== callerOf(c).tenant) throw noSuchBatch();
  if (batch !== undefined) return batch;
  throw new ScoringError("gone_expired", "The batch has been kept as long as promised.");
}

/** Refuses a move that the batch's state does not allow, and shows the batch. */
export function wrongBatchState(batch: BatchView, code: ErrorCode, message: string): Response {
  const members = { batch_id: batch.id, batch: JSON.parse(batchJson(batch)) as unknown };
  return problemAnswer(toProblem(new ScoringError(code, message, { members })));
}
