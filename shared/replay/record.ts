import { z } from "zod";
import { FieldTable, number, type Decoded } from "../redis/fields.ts";

/**
 * A replay: the items of a batch, scored once more by another version, and both outputs compared. States
 * and moves, all but the first and the last by the courier:
 *
 *     (none) --create--> copying        items are copied into a batch of the candidate, chunk by chunk
 *     copying --the batch is closed, and all are there--> scoring
 *     scoring --both batches have ended--> comparing    chunk by chunk, each counted once
 *     comparing --the last chunk--> completed
 *     copying|scoring|comparing --something that it needs is gone--> failed
 *     any --erase--> deleted            a tombstone
 */
export const replayStatuses = ["copying", "scoring", "comparing", "completed", "failed"] as const;
export type ReplayStatus = (typeof replayStatuses)[number];

export function isOver(status: ReplayStatus): boolean {
  return status === "completed" || status === "failed";
}

const count = number.default(0);
const text = z.string();

/** Fields of a replay. */
export const replayFields = new FieldTable({
  status: ["s", z.enum([...replayStatuses, "deleted"])],
  tenant: ["t", text],
  endpoint: ["n", text],
  /** The batch whose items they are, and the version that scored it. */
  batch: ["b", text],
  live: ["m", text],
  /** The batch that scores them once more, and its version. */
  candidateBatch: ["cb", text],
  candidate: ["cm", text],
  /** The type of the live version's pipeline, which says how outputs are compared. */
  pipeline: ["p", text],
  /** Of the batch when it was last looked at; all, once they are copied. */
  items: ["i", number],
  createdAtMs: ["ca", number],
  endedAtMs: ["ea", number.optional()],
  compared: ["cp", count],
  /** Pairs in which a side was canceled or expired: they say nothing of the versions. */
  leftOut: ["lo", count],
  /** A problem, JSON. */
  error: ["e", text.optional()],
  /** Bytes of unfinished items that its lane and its tenant may have, as its gateway allows. */
  laneBytes: ["lq", number],
  tenantBytes: ["tq", number],
  retentionSeconds: ["r", number],
  /** Chunks that are counted. */
  position: ["k", count],
});

export type Replay = Omit<Decoded<typeof replayFields.fields>, "status"> & {
  readonly id: string;
  readonly status: ReplayStatus;
};

/** What a gateway hands to create: all but what becomes of it. */
export type NewReplay = Omit<
  Replay,
  "status" | "createdAtMs" | "endedAtMs" | "compared" | "leftOut" | "error" | "position"
>;
