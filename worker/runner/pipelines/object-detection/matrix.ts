import type { Tensors } from "../pipeline.ts";

/** One row's part of an output, as candidates with some members each. */
export interface Matrix {
  readonly count: number;
  readonly at: (candidate: number, member: number) => number;
}

interface Wanted {
  readonly name: string;
  readonly members: number;
  readonly isTurned?: boolean;
}

/**
 * A row of an output `[batch, candidates, members]`.
 *
 * @param members how many a candidate has
 * @param isTurned whether `[batch, members, candidates]` will do as well; where both fit, it is that
 * @throws {Error} when the output is not float32, or of another shape: the manifest, or the number of
 *   labels, is wrong
 */
export function matrixRow(
  outputs: Tensors,
  row: number,
  { name, members, isTurned = false }: Wanted,
): Matrix {
  const tensor = outputs[name];
  if (tensor?.dtype !== "float32") throw new Error(`model has no float32 output "${name}"`);
  const { dims, data } = tensor;
  const [first = 0, second = 0] = dims.slice(-2);
  // Graphs that are fixed to one image have a batch of one in a row.
  const isMatrix = dims.length >= 3 && dims.slice(1, -2).every((it) => it === 1);
  const from = row * first * second;
  if (isMatrix && isTurned && first === members) {
    return {
      count: second,
      at: (candidate, member) => data[from + member * second + candidate] ?? 0,
    };
  }
  if (isMatrix && second === members) {
    return {
      count: first,
      at: (candidate, member) => data[from + candidate * members + member] ?? 0,
    };
  }
  throw new Error(
    `output "${name}" is [${dims.join(", ")}], without a dimension of ${members} as its settings and labels have it`,
  );
}
