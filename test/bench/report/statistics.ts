/** The middle of some values, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** Of an even count, the mean of the two in the middle; of none, not a number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value below which such a share of them lies; of none, not a number. @param share from 0 to 1 */
export function quantile(values: readonly number[], share: number): number {
  const inOrder = values.toSorted((a, b) => a - b);
  return inOrder[Math.min(inOrder.length - 1, Math.floor(share * inOrder.length))] ?? Number.NaN;
}

/** `12,345 (11,000–13,000)`, or `–` where nothing was measured. */
export function spreadText(values: readonly number[], digits: number): string {
  const known = values.filter((value) => Number.isFinite(value));
  if (known.length === 0) return "–";
  const { median: middle, least, most } = spreadOf(known);
  if (known.length === 1) return numberText(middle, digits);
  return `${numberText(middle, digits)} (${numberText(least, digits)}–${numberText(most, digits)})`;
}

export function numberText(value: number, digits: number): string {
  if (!Number.isFinite(value)) return "–";
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
