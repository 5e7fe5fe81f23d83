import type { BatchObject } from "../../../batches/batch-schema.ts";
import type { Standing } from "../pieces/tone.ts";

/** In the order of a batch's course. */
export const BATCH_STATUSES: readonly BatchObject["status"][] = [
  "validating",
  "in_progress",
  "canceling",
  "completed",
  "canceled",
  "expired",
  "failed",
];

/** How a batch is, in words, and how bad that is. */
export function standingOf({ status, outcome }: Pick<BatchObject, "status" | "outcome">): Standing {
  switch (status) {
    case "validating":
      return ["plain", "open for uploads"];
    case "in_progress":
      return ["plain", "in progress"];
    case "canceling":
      return ["warn", "canceling"];
    case "completed":
      return outcome === "all_succeeded"
        ? ["good", "all succeeded"]
        : outcome === "partial"
          ? ["warn", "some failed"]
          : ["bad", "none succeeded"];
    case "canceled":
    case "expired":
      return ["warn", status];
    case "failed":
      return ["bad", status];
  }
}

/** What its person calls it, or its id. */
export function nameOf({ id, metadata }: Pick<BatchObject, "id" | "metadata">): string {
  const name = metadata?.["name"];
  return typeof name === "string" && name.trim() !== "" ? name : id;
}

/** Items that have ended, in any way. */
export function endedOf({ counts }: Pick<BatchObject, "counts">): number {
  return counts.total - counts.queued - counts.running;
}
