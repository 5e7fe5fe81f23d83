import type { Context } from "hono";
import { badParameter } from "../../shared/error.ts";
import { JSON_HEADERS } from "./answers.ts";
import type { ListQuery } from "./query.ts";
import type { ListingEntry, ListingWindow } from "../../shared/redis/listing.ts";

const ENTRIES_A_STEP = 100;
/** A filter that nothing passes must not walk a million records in one request. */
const LOOKS_MAX = 1000;

/** A list of a caller's records. */
export interface Listed<T> {
  /** Of the ids in it. */
  readonly prefix: "job" | "bat" | "evt" | "rep";
  /** Newest first. */
  readonly list: (window: ListingWindow) => Promise<readonly ListingEntry[]>;
  /** In the order of the ids; what has expired since is no object. */
  readonly read: (ids: readonly string[]) => Promise<readonly (T | string | undefined)[]>;
  readonly isAskedFor: (record: T) => boolean;
  /** @returns JSON text */
  readonly show: (record: T) => string;
}

/** One page of a list: at most 1,000 records are looked at for it. */
export async function listAnswer<T extends object>(
  c: Context,
  query: ListQuery,
  listed: Listed<T>,
): Promise<Response> {
  const { found, next } = await walk(query, listed);
  const cursor = next === undefined ? null : cursorOf(next);
  const data = found.map((record) => listed.show(record)).join(",");
  const body = `{"object":"list","data":[${data}],"next_cursor":${JSON.stringify(cursor)}}\n`;
  const link = cursor === null ? {} : { link: `<${nextUrl(c.req.url, cursor)}>; rel="next"` };
  return new Response(body, { headers: { ...JSON_HEADERS, ...link } });
}

/** `next` is the last one that was looked at, when there may be more behind it. */
async function walk<T extends object>(
  { cursor, limit, ...query }: ListQuery,
  { prefix, list, read, isAskedFor }: Listed<T>,
): Promise<{ readonly found: readonly T[]; readonly next: ListingEntry | undefined }> {
  const window = { createdAfterMs: query.created_after, createdBeforeMs: query.created_before };
  const found: T[] = [];
  let after = parseCursor(cursor, prefix);
  // Where all pass, one step is enough, and one more than is shown tells whether there are others.
  let count = Math.min(limit + 1, ENTRIES_A_STEP);
  for (let looks = 0; looks < LOOKS_MAX;) {
    const entries = await list({ ...window, after, count });
    const records = await read(entries.map(({ id }) => id));
    for (const [i, record] of records.entries()) {
      after = entries[i];
      if (typeof record === "object" && isAskedFor(record)) found.push(record);
      const isLast = i === entries.length - 1 && entries.length < count;
      if (found.length === limit) return { found, next: isLast ? undefined : after };
    }
    if (entries.length < count) return { found, next: undefined };
    looks += count;
    count = ENTRIES_A_STEP;
  }
  return { found, next: after };
}

/** Opaque to clients. */
function cursorOf({ createdAtMs, id }: ListingEntry): string {
  return Buffer.from(`${createdAtMs}.${id}`).toString("base64url");
}

/**
 * @param prefix of the ids in the list
 * @returns undefined for no cursor
 * @throws {ScoringError} `invalid_input` when we did not make it
 */
function parseCursor(cursor: string | undefined, prefix: string): ListingEntry | undefined {
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, "base64url").toString();
  const [, ms, id] = /^(\d{1,15})\.([a-z]{3}_\w{26,80})$/.exec(text) ?? [];
  if (ms !== undefined && id?.startsWith(prefix) === true) return { createdAtMs: Number(ms), id };
  const detail = "is not a cursor of this list";
  throw badParameter("cursor", `?cursor= ${detail}.`, detail);
}

function nextUrl(url: string, cursor: string): string {
  const { pathname, searchParams } = new URL(url);
  searchParams.set("cursor", cursor);
  return `${pathname}?${searchParams.toString()}`;
}
