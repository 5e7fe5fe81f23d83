import type { IncomingHttpHeaders } from "node:http";

const KEPT = ["content-type", "date", "retry-after", "server"];
const LENGTH_MAX = 200;
const SECOND_MS = 1000;

/** Of an answer's headers, those that help to find a fault and hold nothing of a receiver's own. */
export function headersKept(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    KEPT.flatMap((name) => {
      const value = headers[name];
      return typeof value === "string" ? [[name, value.slice(0, LENGTH_MAX)]] : [];
    }),
  );
}

/**
 * What `Retry-After` asks for, in ms from now: whole seconds or an HTTP date (RFC 9110, 10.2.3), which
 * is taken by the clock of whoever sent it. Undefined when it is neither, or the answer has no date.
 *
 * @param date when the answer was made, by its own header
 */
export function retryAfterMs(
  value: string | undefined,
  date: string | undefined,
): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,10}$/.test(value)) return Number(value) * SECOND_MS;
  // Date.parse takes many texts; a date of HTTP begins with its weekday.
  const timeMs = /^[A-Z][a-z]{2,8},? /.test(value) ? Date.parse(value) : Number.NaN;
  const waitMs = timeMs - Date.parse(date ?? "");
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}
