/** How long to wait before the next try, in ms: twice as long after each failure in a row, from 1 on. */
export function backOffMs(failures: number, firstMs: number, longestMs: number): number {
  return Math.min(firstMs * 2 ** (failures - 1), longestMs);
}

/** Up to a quarter less or more, so that not all come at once. @param random 0 to 1 */
export function spread(ms: number, random = Math.random()): number {
  return ms * (0.75 + random / 2);
}
