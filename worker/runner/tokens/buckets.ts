const SHORTEST = 8;

/**
 * The bucket of a row of `length` tokens: 8, 12, 16, 24, 32 … , powers of two and the middles between
 * them. Rows of one bucket run together, padded to the longest of them: at most a third of a row is
 * padding, and a seventh where all lengths are as frequent.
 */
export function bucketOf(length: number): number {
  let power = SHORTEST;
  while (power < length) {
    const middle = (power * 3) / 2;
    if (length <= middle) return middle;
    power *= 2;
  }
  return power;
}
