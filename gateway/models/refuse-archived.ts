import { ScoringError } from "../../shared/error.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";

/**
 * For what makes new work alone: what was accepted earlier is run, retried, read and repeated by its
 * idempotency key as ever.
 *
 * @throws {ScoringError} `model_archived`
 */
export function refuseArchived({ id, isArchived }: Pick<ModelVersion, "id" | "isArchived">): void {
  if (!isArchived) return;
  throw new ScoringError("model_archived", `${id} is archived: it takes no new jobs.`);
}
