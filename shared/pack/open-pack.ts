import { packLimits } from "../job/limits.ts";
import type { NewJob } from "../job/new-job.ts";
import { viaText } from "../job/view.ts";
import { PACK_BYTES_MAX } from "../job/payload.ts";
import { laneName, type Lane } from "../lane.ts";
import { isLargePayload } from "./accept.ts";
import { PACK_JOBS_MAX } from "./record.ts";

/** A job without an id, and what else decides which jobs it shares a pack with. */
export interface PackableJob extends Omit<NewJob, "id"> {
  /** Whoever made it waits for it without a key, and takes the result along. */
  readonly takes: boolean;
  /** It is called when it moves on, or its tenant may be: its packs are its tenant's alone. */
  readonly ownPacks: boolean;
}

/** A pack to which jobs are still added. */
export interface OpenPack {
  readonly lane: Lane;
  readonly name: string;
  readonly nonce: string;
  readonly isTaken: boolean;
  readonly jobs: NewJob[];
  /** Of payloads. */
  bytes: number;
}

/** What jobs of a pack have in common; undefined for what shares a pack with nobody. */
export function headerOf(job: PackableJob): string | undefined {
  if (isLargePayload(job.payload)) return undefined;
  return [
    laneName(job),
    packLimits(job.limits),
    job.form,
    job.rows,
    job.takes,
    job.ownPacks ? job.tenant : "",
    viaText(job.via),
  ].join(" ");
}

/** @param rowsMax most rows that run at once: a pack is never more than one worker can begin with */
export function hasRoom(
  { jobs, bytes }: Pick<OpenPack, "jobs" | "bytes">,
  { rows, payload }: Pick<NewJob, "rows" | "payload">,
  rowsMax: number,
): boolean {
  const count = jobs.length + 1;
  return (
    count <= PACK_JOBS_MAX && count * rows <= rowsMax && bytes + payload.length <= PACK_BYTES_MAX
  );
}
