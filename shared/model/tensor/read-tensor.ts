import { z } from "zod";
import { fromBase64 } from "../../base64.ts";
import { missingElement, type TensorSettings } from "./settings.ts";
import { datatypes, elementKinds, isNumeric, stringFault } from "./element.ts";
import { InputFault, type Path } from "./input-fault.ts";
import { rowDimensions, type RowSizes, type Sizes } from "./dimensions.ts";
import { elementCount, rowShape, tensorBytes, type TensorForm } from "./row.ts";
import { packedStringsFault, packStrings } from "./strings.ts";

/** Dimensions that a shape may have; ONNX Runtime has no more either. */
const RANK_MAX = 32;

/** A tensor that says what it is. */
export const typedSchema = z.strictObject({
  datatype: z.string(),
  shape: z.array(z.int()).max(RANK_MAX),
  data: z.unknown(),
  encoding: z.literal("base64").optional(),
});

/** One row of a tensor, and the form it had. */
export interface ReadTensor {
  readonly form: TensorForm;
  readonly bytes: Buffer;
}

/** Where a tensor is read: its path in the input, and what is known of the row's sizes. */
export interface Position {
  readonly path: Path;
  readonly sizes: RowSizes;
}

/**
 * One row of a tensor from JSON: a nested list, or an object that names datatype and shape. The
 * shape is checked before anything is allocated.
 *
 * @param position its sizes are added to: named dimensions are as large as they are here
 * @throws {InputFault} at the first element that is wrong
 */
export function readTensor(value: unknown, tensor: TensorSettings, position: Position): ReadTensor {
  const { path } = position;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const dims = nestedShape(value, tensor, position);
    const elements = flatten(value, dims, path);
    return { form: "nested", bytes: toBytes(elements, tensor, (i) => [...path, ...at(i, dims)]) };
  }
  return readTyped(value, tensor, position);
}

/**
 * Checks elements that a client sent as bytes.
 *
 * @param sizes of the row's named dimensions
 * @returns what is wrong, or undefined
 */
export function bytesFault(
  bytes: Buffer,
  tensor: TensorSettings,
  sizes?: Sizes,
): string | undefined {
  const wanted = tensorBytes(tensor, sizes);
  if (wanted === undefined) return packedStringsFault(bytes, elementCount(tensor, sizes));
  if (bytes.length !== wanted) {
    return `has ${bytes.length} bytes; a row of shape [${rowShape(tensor, sizes).join(", ")}] of ${datatypes[tensor.dtype]} has ${wanted}`;
  }
  const isBroken = tensor.dtype === "bool" && bytes.some((byte) => byte > 1);
  return isBroken ? "holds a byte that is neither 0 nor 1" : undefined;
}

/**
 * Elements of JSON as bytes; where the tensor says what is missing, null is that.
 *
 * @param pathOf where element `i` stands in the input
 * @throws {InputFault}
 */
export function toBytes(
  elements: readonly unknown[],
  { dtype, missing }: Pick<TensorSettings, "dtype" | "missing">,
  pathOf: (i: number) => Path,
): Buffer {
  const stand = missing === undefined ? undefined : missingElement(missing, dtype);
  if (!isNumeric(dtype)) return packStrings(checkStrings(elements, pathOf, stand));
  const kind = elementKinds[dtype];
  const bytes = Buffer.alloc(elements.length * kind.bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const [i, element] of elements.entries()) {
    const fault = kind.write(view, i * kind.bytes, element);
    if (fault === undefined) continue;
    if (element !== null || stand === undefined) throw new InputFault(pathOf(i), fault);
    kind.write(view, i * kind.bytes, stand);
  }
  return bytes;
}

/** @param stand what is put in for null */
function checkStrings(
  elements: readonly unknown[],
  pathOf: (i: number) => Path,
  stand: string | undefined,
): string[] {
  return elements.map((element, i) => {
    const fault = stringFault(element);
    if (fault === undefined) return String(element);
    if (element !== null || stand === undefined) throw new InputFault(pathOf(i), fault);
    return stand;
  });
}

function readTyped(value: object, tensor: TensorSettings, { path, sizes }: Position): ReadTensor {
  const { datatype, shape, data, encoding } = parseTyped(value, path);
  const wanted = datatypes[tensor.dtype];
  if (datatype !== wanted) throw new InputFault([...path, "datatype"], `is not ${wanted}`);
  checkShape(shape, tensor, { path: [...path, "shape"], sizes });
  const place = [...path, "data"];
  if (encoding === "base64") {
    return { form: "base64", bytes: readBase64(data, { tensor, sizes: sizes.settled }, place) };
  }
  const elements = flatten(data, [elementCount(tensor, sizes.settled)], place);
  return { form: "typed", bytes: toBytes(elements, tensor, (i) => [...place, i]) };
}

function parseTyped(value: object, path: Path): z.infer<typeof typedSchema> {
  const parsed = typedSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = [...path, ...(issue?.path ?? []).map((part) => part.toString())];
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys : [];
  throw new InputFault(place, issue?.message ?? "is not a tensor", unknown);
}

/** Rank, each dimension, and so their product. @throws {InputFault} */
function checkShape(
  shape: readonly number[],
  tensor: TensorSettings,
  { path, sizes }: Position,
): void {
  const dims = rowDimensions(tensor);
  if (shape.length !== dims.length) {
    const hint = "; the batch dimension is left out, and several rows go into `inputs`";
    const wanted = `a row of shape [${dims.join(", ")}]`;
    throw new InputFault(path, `has rank ${shape.length}; ${wanted}${hint}`);
  }
  for (const [i, dim] of dims.entries()) {
    const size = shape[i] ?? 0;
    if (typeof dim === "string") {
      const wanted = sizes.settle(dim, size);
      if (wanted !== undefined) throw new InputFault([...path, i], `is ${size} where ${wanted}`);
    } else if (dim !== size) {
      throw new InputFault([...path, i], `is ${size}, not ${dim}`);
    }
  }
}

/** @throws {InputFault} */
function readBase64(
  data: unknown,
  { tensor, sizes }: { readonly tensor: TensorSettings; readonly sizes: Sizes },
  path: Path,
): Buffer {
  const bytes = typeof data === "string" ? fromBase64(data) : undefined;
  if (bytes === undefined) throw new InputFault(path, "is not base64");
  const fault = bytesFault(bytes, tensor, sizes);
  if (fault !== undefined) throw new InputFault(path, fault);
  return bytes;
}

/**
 * The shape of nested lists by the first element of each, which settles named dimensions. In an empty
 * list there is none: fixed dimensions below it are taken as they should be.
 */
function nestedShape(value: unknown, tensor: TensorSettings, { path, sizes }: Position): number[] {
  let item: unknown = value;
  let isEmpty = false;
  return rowDimensions(tensor).map((dim, depth) => {
    if (isEmpty && typeof dim === "number") return dim;
    const items: readonly unknown[] | undefined = Array.isArray(item) ? item : undefined;
    const fault =
      typeof dim === "number" ? listFault(item, dim) : namedFault(items?.length, dim, sizes);
    if (fault !== undefined)
      throw new InputFault([...path, ...Array.from({ length: depth }, () => 0)], fault);
    item = items?.[0];
    isEmpty ||= items?.length === 0;
    return items?.length ?? 0;
  });
}

/** @param size undefined when it is not a list */
function namedFault(size: number | undefined, name: string, sizes: RowSizes): string | undefined {
  if (size === undefined) return `is not a list as long as "${name}"`;
  const wanted = sizes.settle(name, size);
  return wanted === undefined ? undefined : `has ${size} elements where ${wanted}`;
}

/** The elements of nested lists of exactly these dimensions, row-major. @throws {InputFault} */
function flatten(value: unknown, dims: readonly number[], path: Path): readonly unknown[] {
  const elements: unknown[] = [];
  const trail: number[] = [];
  const visit = (item: unknown): void => {
    const length = dims[trail.length];
    const fault = length === undefined ? leafFault(item) : listFault(item, length);
    if (fault !== undefined) throw new InputFault([...path, ...trail], fault);
    if (length === undefined || !Array.isArray(item)) {
      elements.push(item);
      return;
    }
    const items: readonly unknown[] = item;
    for (const [i, inner] of items.entries()) {
      trail.push(i);
      visit(inner);
      trail.pop();
    }
  };
  visit(value);
  return elements;
}

function leafFault(value: unknown): string | undefined {
  return Array.isArray(value) ? "is a list where one value is expected" : undefined;
}

function listFault(value: unknown, length: number): string | undefined {
  if (!Array.isArray(value)) return `is not a list of ${length}`;
  if (value.length === length) return undefined;
  return `has ${value.length} elements where ${length} are expected`;
}

/** Position of element `i` in nested lists. */
function at(i: number, dims: readonly number[]): number[] {
  let rest = i;
  return dims
    .toReversed()
    .map((dim) => {
      const position = rest % dim;
      rest = Math.floor(rest / dim);
      return position;
    })
    .toReversed();
}
