import type { Redis } from "../redis/connection.ts";
import { z } from "zod";
import { digitOf } from "../id.ts";
import { viaOf, type Via } from "../job/view.ts";
import { INLINE_BYTES_MAX, packFields, seatFields } from "../pack/record.ts";
import { endOf, parseSegment, type JobEnd } from "../pack/segment.ts";
import { keysForPack } from "../redis/keys.ts";

const headFields = packFields.pick(
  "lane",
  "via",
  "createdAtMs",
  "form",
  "tenants",
  "owners",
  "states",
  "tags",
  "bytes",
  "parameters",
  "attempt",
  "segments",
  "endedAtMs",
);

/** A job of a captured pack that has ended; texts are JSON. */
export interface CapturedJob {
  readonly index: number;
  readonly id: string;
  readonly tenant: string;
  readonly end: JobEnd;
  readonly metadata: string;
  readonly parameters: string;
  /** Of `job/payload.ts`; undefined where inputs are not captured, or when it is gone. */
  readonly payload: Buffer | undefined;
  /** Its output or problem; undefined when it is gone. */
  readonly body: Buffer | undefined;
}

export interface CapturedPack {
  readonly via: Via;
  /** `name@version` */
  readonly model: string;
  readonly isList: boolean;
  readonly attempt: number;
  readonly createdAtMs: number;
  readonly endedAtMs: number;
  /** Those that have ended; what was deleted or has moved out is not among them. */
  readonly jobs: readonly CapturedJob[];
}

type Hash = Readonly<Record<string, Buffer>>;
type Head = ReturnType<typeof headFields.decode>;

/** @returns undefined when it is gone; `running` when a job of it is open: it was retried since */
export async function readCapturedPack(
  redis: Redis,
  name: string,
): Promise<CapturedPack | "running" | undefined> {
  const hash: Hash = await redis.hgetallBuffer(keysForPack(name).pack(name));
  const letters: readonly string[] = Object.values(headFields.letters);
  const texts = Object.entries(hash).flatMap(([field, value]) =>
    letters.includes(field) ? [[field, value.toString()]] : [],
  );
  const parsed = z.record(z.string(), z.string()).parse(Object.fromEntries(texts));
  // A tombstone has no more than its state.
  if (parsed[headFields.letters.lane] === undefined) return undefined;
  const head = headFields.decode(parsed);
  const via = viaOf(head.via);
  if (via?.captured === undefined) return undefined;
  if (head.states.includes("W")) return "running";
  const indexes = head.states
    .split("")
    .flatMap((letter, i) => ("SFCX".includes(letter) ? [i] : []));
  const source = { redis, name, hash, head, via };
  return {
    via,
    model: head.lane.slice(0, head.lane.lastIndexOf(".")),
    isList: head.form === "n",
    attempt: head.attempt,
    createdAtMs: head.createdAtMs,
    endedAtMs: head.endedAtMs ?? head.createdAtMs,
    jobs: (await Promise.all(indexes.map(async (i) => jobAt(source, i)))).flat(),
  };
}

interface Source {
  readonly redis: Redis;
  readonly name: string;
  readonly hash: Hash;
  readonly head: Head;
  readonly via: Via;
}

async function jobAt(source: Source, index: number): Promise<readonly CapturedJob[]> {
  const { hash, head, name } = source;
  const end = endAt(source, index);
  if (end === undefined) return [];
  const { parameters, metadata } = seatFields.letters;
  const digits = name.length === PACK_DIGITS ? name + digitOf(index) : name;
  const tenants = head.tenants.split(" ");
  const owner = head.owners === undefined ? 0 : head.owners.charCodeAt(index) - OWNER_ZERO;
  return [
    {
      index,
      id: `job_${digits}${head.tags.slice(TAG_DIGITS * index, TAG_DIGITS * (index + 1))}`,
      tenant: tenants[owner] ?? "",
      end,
      metadata: hash[`${metadata}${index}`]?.toString() ?? "null",
      parameters: hash[`${parameters}${index}`]?.toString() ?? head.parameters ?? "{}",
      payload: await payloadAt(source, index),
      body: end.body ?? (await bodyAt(source, index)),
    },
  ];
}

const PACK_DIGITS = 21;
const TAG_DIGITS = 4;
const OWNER_ZERO = 48;

/** The end of a job that ended by itself has a field of its own. */
function endAt({ hash, head }: Source, index: number): JobEnd | undefined {
  const { ending, segment } = seatFields.letters;
  const firsts = (head.segments ?? "0").split(" ").map(Number);
  const fields = [`${ending}${index}`, ...firsts.map((first) => `${segment}${first}`)];
  for (const field of fields) {
    const bytes = hash[field];
    const end = bytes && endOf(parseSegment(bytes), index);
    if (end !== undefined) return end;
  }
  return undefined;
}

async function payloadAt({ redis, name, hash, head, via }: Source, index: number) {
  if (via.captured?.includes("i") !== true) return undefined;
  const sizes = head.bytes.split(" ").map(Number);
  const size = sizes[index] ?? 0;
  if (size > INLINE_BYTES_MAX) {
    return (await redis.getBuffer(keysForPack(name).packInput(name))) ?? undefined;
  }
  const inputs = hash[packFields.letters.inputs];
  if (inputs === undefined) return hash[`${seatFields.letters.input}${index}`];
  // What was never accepted has no payload.
  const before = sizes.slice(0, index).filter((_, i) => head.states[i] !== "N");
  const from = before.reduce((sum, bytes) => sum + bytes, 0);
  return inputs.subarray(from, from + size);
}

async function bodyAt({ redis, name }: Source, index: number): Promise<Buffer | undefined> {
  const output = `${keysForPack(name).pack(name)}:out${index}`;
  return (await redis.getBuffer(output)) ?? undefined;
}
