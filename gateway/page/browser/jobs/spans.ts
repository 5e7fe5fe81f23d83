const HOUR_MS = 3_600_000;

const MS: Readonly<Record<string, number>> = {
  "the last hour": HOUR_MS,
  "the last day": 24 * HOUR_MS,
  "the last week": 168 * HOUR_MS,
};

/** How far back a list may go. */
export const SPANS = Object.keys(MS);

const MINUTE_MS = 60_000;

/**
 * Where a span begins, as the API takes it; "" for none. It moves on once a minute, so that a page that
 * looks again asks for the same.
 */
export function sinceOf(span: string, nowMs: number): string {
  const ms = MS[span];
  if (ms === undefined) return "";
  return new Date(Math.floor((nowMs - ms) / MINUTE_MS) * MINUTE_MS).toISOString();
}
