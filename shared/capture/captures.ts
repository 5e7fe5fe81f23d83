import type { Redis } from "../redis/connection.ts";
import { captureFields } from "../pack/capture.ts";
import { packFields } from "../pack/record.ts";
import { keysForPack, workKeys as keys } from "../redis/keys.ts";
import { asNumber, asOneOf, script } from "../redis/script.ts";

const where = { capture: keys.capture, captures: keys.captures, files: keys.captureFiles };

const claimScript = script(new URL("./claim.lua", import.meta.url), {
  keys: ["capture"],
  args: ["owner", "leaseMs", "heardMs"],
  reads: { readCapture: captureFields.pick("owner", "leaseUntilMs", "term") },
  writes: { CAPTURE: captureFields },
});

const commitScript = script(new URL("./commit.lua", import.meta.url), {
  keys: ["capture", "captures", "files"],
  args: ["owner", "term", "leaseMs", "places"],
  each: {
    keys: ["pack"],
    args: ["id", "attempt", "bytes", "written", "gone", "unreadable"],
  },
  reads: {
    readCapture: captureFields.pick("owner", "term"),
    readReleased: packFields.pick("states", "attempt"),
  },
  writes: { CAPTURE: captureFields, PACK: packFields },
});

/** How long a courier that says nothing still counts as alive: meanwhile captured jobs wait for it. */
export const HEARD_MS = 600_000;

/** A pack of captured jobs that has ended. */
export interface CapturedEntry {
  /** In the stream. */
  readonly id: string;
  readonly pack: string;
  readonly attempt: number;
  readonly jobs: number;
  /** Of inputs that are kept for it. */
  readonly bytes: number;
  /** What one job of it should have answered: it is all that is to be written. */
  readonly label?: { readonly index: number; readonly text: string };
}

/** What became of an entry. */
export interface TakenEntry {
  readonly entry: CapturedEntry;
  /** Lines. */
  readonly written: number;
  /** Jobs that were not, and why. */
  readonly gone: number;
  readonly unreadable: number;
}

/** How far a file is sure, in bytes: what stands behind that is of nobody. */
export interface FilePlace {
  /** In the folder. */
  readonly path: string;
  readonly before: number;
  /** -1: nothing more is written to it. */
  readonly now: number;
}

export interface CaptureHold {
  /** The courier. */
  readonly owner: string;
  readonly leaseMs: number;
}

/**
 * Says that this courier has a folder, and asks to be the one that writes.
 *
 * @returns the term in which it writes, another one after each change of hands; 0: another one writes
 */
export async function claimCapture(redis: Redis, { owner, leaseMs }: CaptureHold): Promise<number> {
  const { capture } = where;
  const reply = await claimScript.run(redis, { capture, owner, leaseMs, heardMs: HEARD_MS });
  return asNumber(reply) ?? 0;
}

/** Names and values of an entry without a label. */
const UNLABELLED = 8;

/** The oldest that wait. */
export async function readCaptured(redis: Redis, most: number): Promise<readonly CapturedEntry[]> {
  const entries = await redis.xrange(keys.captures, "-", "+", "COUNT", most);
  return entries.map(([id, flat]) => {
    const of = (name: string): string => flat[flat.indexOf(name) + 1] ?? "";
    return {
      id,
      pack: of("p"),
      attempt: Number(of("a")),
      jobs: Number(of("j")),
      bytes: Number(of("b")),
      ...(flat.length > UNLABELLED ? { label: { index: Number(of("i")), text: of("l") } } : {}),
    };
  });
}

/** Files to which a courier wrote that may not have come to write down how far, with what is sure of them. */
export async function readPlaces(redis: Redis): Promise<ReadonlyMap<string, number>> {
  const places = Object.entries(await redis.hgetall(keys.captureFiles));
  return new Map(places.map(([path, bytes]) => [path, Number(bytes)]));
}

export interface Commit extends CaptureHold {
  readonly term: number;
  readonly places: readonly FilePlace[];
  readonly taken: readonly TakenEntry[];
}

const verdicts = ["done", "lost"] as const;

/** @returns `lost` when nothing is changed: another courier writes by now, or Redis has forgotten something */
export async function commitCapture(
  redis: Redis,
  { owner, term, leaseMs, places, taken }: Commit,
): Promise<(typeof verdicts)[number]> {
  const reply = await commitScript.run(redis, {
    ...where,
    owner,
    term,
    leaseMs,
    places: JSON.stringify(places.map(({ path, before, now }) => [path, before, now])),
    items: taken.map(({ entry, written, gone, unreadable }) => ({
      pack: keysForPack(entry.pack).pack(entry.pack),
      id: entry.id,
      attempt: entry.attempt,
      bytes: entry.bytes,
      written,
      gone,
      unreadable,
    })),
  });
  return asOneOf(reply, verdicts);
}

export type CaptureState = ReturnType<typeof captureFields.decode>;

/** How capture is. */
export async function readCaptureState(redis: Redis): Promise<CaptureState> {
  return captureFields.decode(await redis.hgetall(keys.capture));
}
