import { BATCH, type Dimensions, type TensorSettings } from "./settings.ts";

/** Sizes of a row's named dimensions, by name. */
export type Sizes = ReadonlyMap<string, number>;

/** Whether rows are put together along the first dimension; in an unbatched version none is. */
export function hasBatch({ shape }: Pick<TensorSettings, "shape">): boolean {
  return shape[0] === BATCH;
}

/** Dimensions of one row, without the batch: sizes, and names of those that vary by row. */
export function rowDimensions(tensor: TensorSettings): readonly (number | string)[] {
  return hasBatch(tensor) ? tensor.shape.slice(1) : tensor.shape;
}

/** Names of the dimensions that vary, each once, in the order in which the tensors have them. */
export function dimensionNames(tensors: readonly TensorSettings[]): readonly string[] {
  const names = tensors.flatMap(rowDimensions).filter((dim) => typeof dim === "string");
  return [...new Set(names)];
}

/** @returns `name` in words, with its range, e.g. `"sequence" is 1 to 512` */
export function describeDimension(name: string, dimensions: Dimensions): string {
  const { min = 1, max } = dimensions[name] ?? {};
  return `"${name}" is ${min} ${max === undefined ? "or more" : `to ${max}`}`;
}

/** The smallest sizes that named dimensions of these tensors may have: what models warm up with. */
export function smallestSizes(tensors: readonly TensorSettings[], dimensions: Dimensions): Sizes {
  return new Map(dimensionNames(tensors).map((name) => [name, dimensions[name]?.min ?? 1]));
}

/** The named dimensions of one row while it is read, settled by the first tensor that has each. */
export class RowSizes {
  readonly #dimensions: Dimensions;
  readonly #sizes = new Map<string, number>();

  /** @param dimensions their ranges, of the manifest */
  constructor(dimensions: Dimensions) {
    this.#dimensions = dimensions;
  }

  get settled(): Sizes {
    return this.#sizes;
  }

  /** @returns what it should have been, or undefined when this may be its size */
  settle(name: string, size: number): string | undefined {
    const { min = 1, max = Infinity } = this.#dimensions[name] ?? {};
    if (size < min || size > max) return describeDimension(name, this.#dimensions);
    const before = this.#sizes.get(name);
    if (before !== undefined && before !== size) return `"${name}" is ${before} in this row`;
    this.#sizes.set(name, size);
    return undefined;
  }
}
