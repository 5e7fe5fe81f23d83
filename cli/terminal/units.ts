/** `18.6 MB`; small sizes in bytes, large ones in GB. */
export function megabytes(bytes: number): string {
  if (bytes >= 1e10) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes < 100_000 ? `${bytes} B` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `[####      ]`, of so many columns within. @param percent 0 to 100 */
export function bar(percent: number, width: number): string {
  return `[${"#".repeat(Math.floor((width * percent) / 100)).padEnd(width)}]`;
}
