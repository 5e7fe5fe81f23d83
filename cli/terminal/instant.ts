import { rfc3339 } from "../../shared/rfc3339.ts";

/** Of time, in ms, as people write them. */
export const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * A time as people give it: written out, or how far from now, such as `90d`.
 *
 * @param units that it may be given in, of `m`, `h` and `d`
 * @param direction from now: 1 ahead, -1 back
 * @returns RFC 3339; undefined when it is neither
 */
export function instantOf(text: string, units: string, direction: 1 | -1): string | undefined {
  const [, count, unit = ""] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const isSpan = count !== undefined && units.includes(unit);
  const ms = isSpan
    ? Date.now() + direction * Number(count) * (UNITS_MS[unit] ?? 0)
    : Date.parse(text);
  return Number.isNaN(ms) ? undefined : rfc3339(ms);
}
