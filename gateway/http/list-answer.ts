import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";
import type { ListingPlace, ListingWindow } from "../../shared/redis/listing.ts";

const PLACES_A_STEP = 100;
/** A filter that nothing passes must not walk a million records in one request. */
const LOOKS_MAX = 1000;

export interface Walk<T> {
  /** Newest first. */
  readonly list: (window: ListingWindow) => Promise<readonly ListingPlace[]>;
  /** What is there and asked for; undefined for the rest, and for what has expired since. */
  readonly read: (ids: readonly string[]) => Promise<readonly (T | undefined)[]>;
  readonly window: Omit<ListingWindow, "count">;
  readonly limit: number;
}

export interface Page<T> {
  readonly found: readonly T[];
  /** The last one that was looked at, when there may be more behind it. */
  readonly next: ListingPlace | undefined;
}

/** One page of a list: at most 1,000 records are looked at for it. */
export async function walkList<T>({ list, read, window, limit }: Walk<T>): Promise<Page<T>> {
  const found: T[] = [];
  let { after } = window;
  for (let looks = 0; looks < LOOKS_MAX; looks += PLACES_A_STEP) {
    const places = await list({ ...window, after, count: PLACES_A_STEP });
    const views = await read(places.map(({ id }) => id));
    for (const [i, view] of views.entries()) {
      after = places[i];
      if (view !== undefined) found.push(view);
      const isLast = i === places.length - 1 && places.length < PLACES_A_STEP;
      if (found.length === limit) return { found, next: isLast ? undefined : after };
    }
    if (places.length < PLACES_A_STEP) return { found, next: undefined };
  }
  return { found, next: after };
}

/** @param data JSON texts */
export function listAnswer(
  c: Context,
  data: readonly string[],
  next: ListingPlace | undefined,
): Response {
  const cursor = next === undefined ? null : cursorOf(next);
  const body = `{"object":"list","data":[${data.join(",")}],"next_cursor":${JSON.stringify(cursor)}}\n`;
  return new Response(body, {
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      ...(cursor === null ? {} : { link: `<${nextUrl(c.req.url, cursor)}>; rel="next"` }),
    },
  });
}

/** Opaque to clients. */
function cursorOf({ createdAtMs, id }: ListingPlace): string {
  return Buffer.from(`${createdAtMs}.${id}`).toString("base64url");
}

/**
 * @param prefix of the ids in the list
 * @returns undefined for no cursor
 * @throws {ScoringError} `invalid_input` when we did not make it
 */
export function placeOf(
  cursor: string | undefined,
  prefix: "job" | "bat" | "evt",
): ListingPlace | undefined {
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, "base64url").toString();
  const [, ms, id] = /^(\d{1,15})\.([a-z]{3}_\w{26,80})$/.exec(text) ?? [];
  if (ms !== undefined && id?.startsWith(prefix) === true) return { createdAtMs: Number(ms), id };
  throw new ScoringError("invalid_input", "?cursor= is not a cursor of this list.", {
    faults: [{ detail: "is not a cursor of this list", parameter: "cursor" }],
  });
}

function nextUrl(url: string, cursor: string): string {
  const { pathname, searchParams } = new URL(url);
  searchParams.set("cursor", cursor);
  return `${pathname}?${searchParams.toString()}`;
}
