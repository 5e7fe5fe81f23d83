/**
 * Positions of the `k` largest values, largest first; equal values in order of position. NaN counts
 * as smallest.
 *
 * @param k 1 and up; more than there are gives all
 */
export function topK(values: Float32Array, k: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = at(values, i);
    if (best.length === k && !(value > at(values, best[k - 1] ?? 0))) continue;
    let position = best.length;
    while (position > 0 && value > at(values, best[position - 1] ?? 0)) position -= 1;
    best.splice(position, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}

/** exp(x) / Σ exp(x), shifted by the maximum so that no exponent overflows. Float32 in and out. */
export function softmax(logits: Float32Array): Float32Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = logits.map((x) => Math.exp(x - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((x) => x / sum);
}

/** 1 / (1 + exp(-x)) of each. Float32 in and out. */
export function sigmoid(logits: Float32Array): Float32Array {
  return logits.map((x) => 1 / (1 + Math.exp(-x)));
}

function at(values: Float32Array, i: number): number {
  const value = values[i];
  return value === undefined || Number.isNaN(value) ? -Infinity : value;
}
