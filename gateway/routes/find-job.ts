import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";
import type { JobView } from "../../shared/job/record.ts";
import { DELETED, type Found } from "../../shared/queue/read.ts";
import { callerOf } from "../caller.ts";
import type { GatewayServices } from "../services.ts";

/**
 * The id in the path, when this installation made it for this tenant.
 *
 * @throws {ScoringError} `not_found` for every other
 */
export function jobIdOf(c: Context, { ids }: GatewayServices): string {
  const id = c.req.param("id") ?? "";
  if (id.startsWith("job_") && ids.verify(id, callerOf(c).tenant) !== undefined) return id;
  throw noSuchJob();
}

function noSuchJob(): ScoringError {
  return new ScoringError("not_found", "There is no such job.");
}

/**
 * The job, or why it is not there: its id says that it was made here, so that its record has
 * outlived its time.
 *
 * @throws {ScoringError} `gone_expired`, `gone_deleted`; `not_found` for another tenant's
 */
export function orGone(c: Context, job: Found): JobView {
  if (job === DELETED) throw new ScoringError("gone_deleted", "The job was deleted.");
  // The id has said so already, by a tag of 24 bits; the record says it for certain.
  if (job !== undefined && job.tenant !== callerOf(c).tenant) throw noSuchJob();
  if (job !== undefined) return job;
  throw new ScoringError("gone_expired", "The job's record has been kept as long as promised.");
}
