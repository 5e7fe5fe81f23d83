import { ScoringError, toProblem } from "../../shared/error.ts";
import type { IdFactory } from "../../shared/id.ts";
import { DELETED, LOST } from "../../shared/job/view.ts";
import type { StreamEvent } from "./event-stream.ts";

/** What ids stand for, and how those begin. */
const PREFIXES = { job: "job_", batch: "bat_", replay: "rep_" } as const;

type Kind = keyof typeof PREFIXES;

type Gone = typeof DELETED | typeof LOST | undefined;

/**
 * An id that this installation made for this tenant.
 *
 * @throws {ScoringError} `not_found` for every other
 */
export function ownId(kind: Kind, id: string, tenant: string, ids: IdFactory): string {
  if (id.startsWith(PREFIXES[kind]) && ids.verify(id, tenant) !== undefined) return id;
  throw noSuch(kind);
}

/**
 * The job or batch, or why it is not there: its id says that it was made here, so that its record
 * has outlived its time, or went with all that Redis held.
 *
 * @throws {ScoringError} `gone_expired`, `gone_deleted`, `lost`; `not_found` for another tenant's
 */
export function orGone<T extends { readonly tenant: string }>(
  kind: Kind,
  found: T | Gone,
  tenant: string,
): T {
  if (found === undefined || found === DELETED || found === LOST) throw goneError(kind, found);
  // The id has said so already, by a tag of 24 bits; the record says it for certain.
  if (found.tenant !== tenant) throw noSuch(kind);
  return found;
}

function noSuch(kind: Kind): ScoringError {
  return new ScoringError("not_found", `There is no such ${kind}.`);
}

/** Why something that an id of ours stands for is not there. */
export function goneError(what: Kind | "delivery", found: Gone): ScoringError {
  if (found === DELETED) return new ScoringError("gone_deleted", `The ${what} was deleted.`);
  if (found === undefined) {
    const message = `The ${what} has expired and is no longer kept.`;
    return new ScoringError("gone_expired", message);
  }
  const message = `The ${what} is lost: Redis lost its data after the ${what} was created.`;
  return new ScoringError("lost", message);
}

/** The last event of what is not there any more. */
export function goneEvent(kind: Kind, found: Gone): StreamEvent {
  const error = goneError(kind, found);
  return { event: "error", tag: error.code, data: JSON.stringify(toProblem(error)) };
}
