/** A count, or a small number to two decimals: `5,000`, `1.25`. */
export function inNumbers(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
}

/** `1 pair`, `5,000 pairs`. */
export function inPairs(count: number): string {
  return `${inNumbers(count)} ${count === 1 ? "pair" : "pairs"}`;
}

/** @param share from 0 to 1 @returns such as `12.5 %` */
export function inPercent(share: number): string {
  return `${inNumbers(100 * share)} %`;
}

/** To three digits, as the bins allow: `1,230 ms`. */
export function inMs(ms: number): string {
  return `${ms.toLocaleString("en-US", { maximumSignificantDigits: 3 })} ms`;
}
