import { indexOf, ownPackOf, packOf } from "../id.ts";
import type { Redis } from "../redis/connection.ts";
import { keysFor } from "../redis/keys.ts";
import { asOneOf, script } from "../redis/script.ts";
import { captureFunctions } from "./capture.ts";
import { packFields, seatFields } from "./record.ts";
import { seat } from "./seat.ts";

const labelScript = script(new URL("./label.lua", import.meta.url), {
  behind: [seat, captureFunctions],
  keys: ["pack", "ownPack"],
  args: ["index", "tenant", "label"],
  reads: { readLabeled: packFields.pick("via", "attempt") },
  writes: { SEAT: seatFields },
});

/** `same`: it was said before, in the same words. `open`: the job has not ended. */
export type LabelVerdict = (typeof verdicts)[number];

const verdicts = ["labeled", "same", "open", "missing"] as const;

/** What a job should have answered, as somebody found out later. */
export interface Label {
  readonly id: string;
  readonly tenant: string;
  /** JSON. */
  readonly label: string;
}

/** Keeps it with the job, and has it written where the job is captured. Another one takes its place. */
export async function labelJob(redis: Redis, { id, tenant, label }: Label): Promise<LabelVerdict> {
  const keys = keysFor(id);
  const reply = await labelScript.run(redis, {
    pack: keys.pack(packOf(id)),
    ownPack: keys.pack(ownPackOf(id)),
    index: indexOf(id),
    tenant,
    label,
  });
  return asOneOf(reply, verdicts);
}
