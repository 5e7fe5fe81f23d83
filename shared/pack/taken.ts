import { digitOf } from "../id.ts";
import { unpackLimits, type JobLimits } from "../job/limits.ts";
import { viaOf, type JobForm, type Via } from "../job/view.ts";
import { parseLane, type Lane } from "../lane.ts";
import { asList, asNumber, asText, type Reply } from "../redis/script.ts";
import { INLINE_BYTES_MAX } from "./record.ts";

/** Of the name of a pack whose jobs have not moved out. */
const PACK_DIGITS = 21;
const TAG_DIGITS = 4;

/** A pack as a worker has it. */
export interface TakenPack {
  readonly name: string;
  readonly lane: Lane;
  readonly attempt: number;
  readonly form: JobForm;
  /** Of each job. */
  readonly rows: number;
  /** A character a job: `W` is to be run. */
  readonly states: string;
  /** Of each job, by index. */
  readonly ids: readonly string[];
  readonly queuedAtMs: number;
  readonly startedAtMs: number;
  readonly limits: JobLimits;
  /** Workers that died with it: one is enough for it to be run apart from others. */
  readonly deaths: number;
  /** By index; undefined: the job is not to be run, or its payload is large or lost. */
  readonly payloads: readonly (Buffer | undefined)[];
  /** Its payload is to be read with `readInput`: it is a pack of one. */
  readonly isLarge: boolean;
  /** By index, JSON texts of objects; undefined: it has none, or is not to be run. */
  readonly parameters: readonly (string | undefined)[];
  /** By index, texts of `trace.ts`: of those whose client sent something, or that are recorded. */
  readonly traces: readonly (string | undefined)[];
  /** Of all its jobs; undefined: no endpoint chose their model. */
  readonly via: Via | undefined;
}

/** @param reply a pack as `turn.lua` answers it */
export function parseTaken(reply: Reply): TakenPack {
  const fields = asList(reply);
  const text = (i: number): string => asText(fields[i]) ?? "";
  const number = (i: number): number => asNumber(fields[i]) ?? 0;
  const states = text(5);
  const bytes = numbers(text(10));
  const [first = 0] = bytes;
  const own = asList(fields[12]);
  const common = text(14) || undefined;
  return {
    name: text(0),
    lane: parseLane(text(1)),
    attempt: number(2),
    form: text(3) === "n" ? "many" : "one",
    rows: number(4),
    states,
    ids: idsOf(text(0), text(13)),
    queuedAtMs: number(6),
    startedAtMs: number(7),
    limits: unpackLimits(text(8)),
    deaths: number(9),
    payloads: payloadsOf(states, bytes, fields[11]),
    isLarge: states.length === 1 && first > INLINE_BYTES_MAX,
    parameters: states
      .split("")
      .map((state, i) => (state === "W" ? (asText(own[i]) ?? common) : undefined)),
    traces: asList(fields[15] ?? []).map((trace) => asText(trace)),
    via: viaOf(asText(fields[16])),
  };
}

/** Four digits of each behind the name of a pack, and the index where that is not in the name. */
function idsOf(name: string, tags: string): readonly string[] {
  return Array.from({ length: tags.length / TAG_DIGITS }, (_, index) => {
    const tag = tags.slice(index * TAG_DIGITS, (index + 1) * TAG_DIGITS);
    return `job_${name}${name.length === PACK_DIGITS ? digitOf(index) : ""}${tag}`;
  });
}

/** Payloads stand one behind the other; what was never accepted has none. */
function payloadsOf(
  states: string,
  bytes: readonly number[],
  inputs: Reply | undefined,
): readonly (Buffer | undefined)[] {
  let from = 0;
  return states.split("").map((state, i) => {
    const to = state === "N" ? from : from + (bytes[i] ?? 0);
    const isThere = Buffer.isBuffer(inputs) && state === "W" && to <= inputs.length;
    const payload = isThere ? inputs.subarray(from, to) : undefined;
    from = to;
    return payload;
  });
}

function numbers(text: string): readonly number[] {
  return text.split(" ").map(Number);
}
