import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";
import type { JobView } from "../../shared/job/record.ts";
import { DELETED, LOST, type Sought } from "../../shared/job/read.ts";
import { goneError } from "../http/gone.ts";
import { callerOf } from "../access/caller.ts";
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
 * outlived its time, or went with all that Redis held.
 *
 * @throws {ScoringError} `gone_expired`, `gone_deleted`, `lost`; `not_found` for another tenant's
 */
export function orGone(c: Context, job: Sought): JobView {
  if (job === undefined || job === DELETED || job === LOST) throw goneError("job", job);
  // The id has said so already, by a tag of 24 bits; the record says it for certain.
  if (job.tenant !== callerOf(c).tenant) throw noSuchJob();
  return job;
}
