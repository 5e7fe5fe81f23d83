import { ScoringError, toProblem } from "../../shared/error.ts";
import { DELETED, LOST } from "../../shared/job/read.ts";
import type { StreamEvent } from "./event-stream.ts";

/** Why something that an id of ours stands for is not there. */
export function goneError(
  what: "job" | "batch" | "delivery",
  found: typeof DELETED | typeof LOST | undefined,
): ScoringError {
  if (found === DELETED) return new ScoringError("gone_deleted", `The ${what} was deleted.`);
  if (found === undefined) {
    const message = `The ${what} has expired and is no longer kept.`;
    return new ScoringError("gone_expired", message);
  }
  const message = `The ${what} is lost: Redis lost its data after the ${what} was created.`;
  return new ScoringError("lost", message);
}

/** The last event of what is not there any more. */
export function goneEvent(
  what: "job" | "batch",
  found: typeof DELETED | typeof LOST | undefined,
): StreamEvent {
  const error = goneError(what, found);
  return { event: "error", tag: error.code, data: JSON.stringify(toProblem(error)) };
}
