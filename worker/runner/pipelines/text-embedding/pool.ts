/** What a graph gave for the tokens of one row. */
export interface TokenVectors {
  /** Row-major, [tokens, size]; those before `from` and behind its `count` are padding. */
  readonly data: Float32Array;
  readonly size: number;
  readonly from: number;
  readonly count: number;
}

/**
 * One vector of those of the tokens, as `Pooling` of sentence-transformers has it: their mean, the
 * largest of each number, or that of the first (`cls`) or last token.
 */
export function pool(
  { data, size, from, count }: TokenVectors,
  how: "mean" | "max" | "cls" | "last",
): Float32Array {
  const vector = (i: number): Float32Array =>
    data.subarray((from + i) * size, (from + i + 1) * size);
  if (how === "cls") return vector(0);
  if (how === "last") return vector(count - 1);
  const pooled = new Float64Array(size).fill(how === "max" ? -Infinity : 0);
  for (let i = 0; i < count; i++) {
    const at = (from + i) * size;
    for (let j = 0; j < size; j++) {
      const [value = NaN, before = 0] = [data[at + j], pooled[j]];
      pooled[j] = how === "max" ? Math.max(before, value) : before + value;
    }
  }
  return Float32Array.from(pooled, (sum) => (how === "max" ? sum : sum / count));
}

/** The same direction with length 1; zeros stay zeros. */
export function unit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  return length > 0 ? vector.map((value) => value / length) : vector;
}
