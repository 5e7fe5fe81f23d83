import type { Redis } from "ioredis";
import { packLimits } from "../../shared/job/limits.ts";
import { packFields, seatFields } from "../../shared/pack/record.ts";
import type { Decoded } from "../../shared/redis/fields.ts";
import { testIds, testLimits } from "./jobs.ts";
import { keys } from "./redis-keys.ts";

/** A pack that is written as a test says, and not by the scripts that make one. */
export interface WrittenPack {
  /** Of each job. */
  readonly tenants: readonly string[];
  /** A character a job. */
  readonly states: string;
  readonly fields?: Partial<Decoded<typeof packFields.fields>>;
  /** Ends that tensor batches made, by the index of their first job. */
  readonly segments?: Readonly<Record<number, string>>;
  /** Ends of single jobs, by index. */
  readonly ends?: Readonly<Record<number, string>>;
  readonly name?: string;
}

/** @returns the ids of its jobs */
export async function writePack(redis: Redis, pack: WrittenPack): Promise<readonly string[]> {
  const { tenants, states, segments = {}, ends = {}, fields = {} } = pack;
  const name = pack.name ?? testIds.packName(Date.now());
  const different = [...new Set(tenants)];
  const ids = tenants.map((tenant, index) => testIds.jobId(name, index, tenant));
  const record = {
    version: 2,
    lane: "m@1.interactive",
    limits: packLimits(testLimits),
    createdAtMs: 1_000_000,
    form: "1",
    rows: 1,
    tenants: different.join(" "),
    owners: tenants.map((it) => String.fromCodePoint(48 + different.indexOf(it))).join(""),
    states,
    tags: ids.map((id) => id.slice(-4)).join(""),
    bytes: tenants.map(() => 5).join(" "),
    number: 0,
    nonce: "n",
    attempt: 1,
    firstAttempt: 1,
    deaths: 0,
    ...fields,
  } as const;
  await redis.hset(keys.pack(name), ...packFields.encode(record));
  const { segment, ending } = seatFields.letters;
  for (const [first, text] of Object.entries(segments)) {
    await redis.hset(keys.pack(name), segment + first, text);
  }
  for (const [index, text] of Object.entries(ends)) {
    await redis.hset(keys.pack(name), ending + index, text);
  }
  return ids;
}

/** A segment of an attempt that was the first, began at 2,000,000 and ended at 3,000,000. */
export function segmentText(
  first: number,
  letters: string,
  bodies: readonly (string | { readonly largeBytes: number })[],
): string {
  const sizes = bodies.map((it) =>
    typeof it === "string" ? Buffer.byteLength(it) : `+${it.largeBytes}`,
  );
  const small = bodies.filter((it) => typeof it === "string").join("");
  const head = `${first} 1 2000000 3000000 ${letters}`;
  return `${head}\n${sizes.join(" ")}\n{"total_ms":1}\n${small}`;
}
