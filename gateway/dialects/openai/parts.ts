/** Some of a request's inputs, which one job scores. */
export interface Part<T> {
  readonly inputs: readonly T[];
  /** Where each stands in the request. */
  readonly places: readonly number[];
}

/**
 * Inputs in parts of at most `rowsMax`, those of like length together: rows of one job run together, and
 * the shorter are padded.
 *
 * @param rowsMax 1 and up
 */
export function partsOf<T extends { readonly length: number }>(
  inputs: readonly T[],
  rowsMax: number,
): readonly Part<T>[] {
  const byLength = inputs
    .map((input, place) => ({ input, place }))
    .toSorted((a, b) => a.input.length - b.input.length);
  const count = Math.ceil(inputs.length / rowsMax);
  return Array.from({ length: count }, (_, i) => {
    const own = byLength.slice(i * rowsMax, (i + 1) * rowsMax);
    return { inputs: own.map(({ input }) => input), places: own.map(({ place }) => place) };
  });
}
