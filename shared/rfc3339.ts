/** A time as clients read it: RFC 3339 in UTC with milliseconds; null for one that has not come. */
export function rfc3339(ms: number): string;
export function rfc3339(ms: number | null | undefined): string | null;
export function rfc3339(ms: number | null | undefined): string | null {
  return ms === undefined || ms === null ? null : new Date(ms).toISOString();
}
