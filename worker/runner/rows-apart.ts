import type { Manifest } from "../../shared/model/manifest.ts";
import { dimensionNames } from "../../shared/model/tensor/dimensions.ts";
import type { Tensors } from "./pipelines/pipeline.ts";

/** Of blank rows, put together to see whether an output grows with them. */
export const ROWS_TOGETHER = [1, 3];

/**
 * Whether rows that share a run might show in each other's outputs: some size of an output is left open
 * that no input has, and may be the number of rows again.
 */
export function mayMixRows({ inputs, outputs, batching, unbatched }: Manifest): boolean {
  if (unbatched || batching.max_batch_size === 1) return false;
  const known = new Set(dimensionNames(inputs));
  return dimensionNames(outputs).some((name) => !known.has(name));
}

/**
 * @param ran outputs of each of `ROWS_TOGETHER`, or none
 * @throws when a row's part of an output is larger the more rows there are: it holds something of the others
 */
export function refuseMixedRows([alone = {}, together = {}]: readonly Tensors[]): void {
  for (const [name, { dims }] of Object.entries(together)) {
    const own = alone[name]?.dims ?? [];
    const grows = dims.some((size, i) => i > 0 && size !== own[i]);
    if (!grows) continue;
    const [one, many] = [own, dims].map((sizes) => `[${sizes.join(", ")}]`);
    throw new Error(
      `output "${name}" is ${one} for one row and ${many} for three: rows that share a run are in each other's answers; its manifest needs "unbatched": true, or batching.max_batch_size 1`,
    );
  }
}
