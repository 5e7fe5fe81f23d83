const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const exact = new Intl.NumberFormat("en", { maximumFractionDigits: 4 });

/** A count with thousands apart: `412,300`. */
export function count(value: number): string {
  return whole.format(value);
}

/** A value of a model, as short as it can be told. */
export function figure(value: number): string {
  if (value === 0 || (Math.abs(value) >= 0.001 && Math.abs(value) < 1e9))
    return exact.format(value);
  return value.toExponential(2);
}

/** A share of 0 to 1: `81.4 %`. */
export function percent(share: number): string {
  if (share > 0 && share < 0.0005) return "< 0.1 %";
  return `${(100 * share).toFixed(1)} %`;
}

/** Milliseconds, as long as they are few, then seconds, minutes, hours, days. */
export function duration(ms: number): string {
  if (ms < 1) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${whole.format(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const [size, unit] = UNITS.find(([bound]) => ms < 100 * bound) ?? [86_400_000, "days"];
  return `${whole.format(ms / size)} ${unit}`;
}

const UNITS: readonly (readonly [number, string])[] = [
  [1000, "s"],
  [60_000, "min"],
  [3_600_000, "h"],
];

/** How long ago, of a time as answers have it. */
export function ago(time: string, nowMs: number): string {
  const ms = nowMs - Date.parse(time);
  return ms < 1000 ? "just now" : `${duration(ms)} ago`;
}

/** `3.1 MB` */
export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  return size < 1e6 ? `${whole.format(size / 1000)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}

/** `1 worker`, `2 workers` */
export function several(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}
