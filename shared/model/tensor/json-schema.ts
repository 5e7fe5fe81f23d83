import { datatypes, specialFloats, type Dtype } from "./element.ts";
import { rowDimensions } from "./dimensions.ts";
import type { Dimensions, TensorSettings } from "./settings.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

/** A dimension as JSON Schema has it: a size, or the range of sizes of a name. */
interface Extent {
  readonly min: number;
  readonly max: number | undefined;
  readonly name?: string;
}

/**
 * JSON Schema of one row of a tensor: nested, typed, or typed with base64. That a name has one size
 * in all inputs it cannot say.
 *
 * @param dimensions ranges of named ones, for inputs; outputs have whatever the model gives them
 */
export function tensorJsonSchema(
  tensor: TensorSettings,
  io: "input" | "output",
  dimensions: Dimensions,
): JsonSchema {
  const { dtype } = tensor;
  const extents = extentsOf(tensor, io, dimensions);
  const element = elementOf(tensor);
  const head = {
    datatype: { const: datatypes[dtype] },
    shape: io === "input" ? shapeJsonSchema(extents) : { type: "array", items: INTEGER },
  };
  const data = io === "input" ? list(element, [product(extents)]) : { type: "array" };
  const typed = {
    type: "object",
    properties: { ...head, data },
    required: ["datatype", "shape", "data"],
    additionalProperties: false,
  };
  const encoded = {
    ...typed,
    properties: {
      ...head,
      encoding: { const: "base64" },
      data: { type: "string", contentEncoding: "base64" },
    },
    required: ["datatype", "shape", "encoding", "data"],
  };
  return { anyOf: [list(element, extents), typed, encoded] };
}

/** JSON Schema of one row of a tensor of fixed dimensions as nested lists. */
export function nestedJsonSchema(tensor: TensorSettings, io: "input" | "output"): JsonSchema {
  return list(elementOf(tensor), extentsOf(tensor, io, {}));
}

/** What may be missing may be null. */
function elementOf({ dtype, missing }: TensorSettings): JsonSchema {
  const element = elementJsonSchema(dtype);
  return missing === undefined ? element : { anyOf: [element, { type: "null" }] };
}

const INTEGER = { type: "integer" };

function extentsOf(
  tensor: TensorSettings,
  io: "input" | "output",
  dimensions: Dimensions,
): readonly Extent[] {
  return rowDimensions(tensor).map((dim) => {
    if (typeof dim === "number") return { min: dim, max: dim };
    if (io === "output") return { min: 0, max: undefined, name: dim };
    const { min = 1, max } = dimensions[dim] ?? {};
    return { min, max, name: dim };
  });
}

function product(extents: readonly Extent[]): Extent {
  const isBounded = extents.every(({ max }) => max !== undefined);
  return {
    min: extents.reduce((all, { min }) => all * min, 1),
    max: isBounded ? extents.reduce((all, { max = 1 }) => all * max, 1) : undefined,
  };
}

function shapeJsonSchema(extents: readonly Extent[]): JsonSchema {
  if (extents.every(({ name }) => name === undefined))
    return { const: extents.map((it) => it.min) };
  const prefixItems = extents.map(({ min, max, name }) =>
    name === undefined
      ? { const: min }
      : { ...INTEGER, minimum: min, ...(max === undefined ? {} : { maximum: max }), title: name },
  );
  const rank = extents.length;
  return { type: "array", prefixItems, minItems: rank, maxItems: rank };
}

function list(element: JsonSchema, extents: readonly Extent[]): JsonSchema {
  return extents.reduceRight<JsonSchema>(
    (items, { min, max, name }) => ({
      type: "array",
      items,
      minItems: min,
      ...(max === undefined ? {} : { maxItems: max }),
      ...(name === undefined ? {} : { title: name }),
    }),
    element,
  );
}

/** JSON Schema of one element: what is given is taken. */
export function elementJsonSchema(dtype: Dtype): JsonSchema {
  if (dtype === "string" || dtype === "bool") {
    return { type: dtype === "bool" ? "boolean" : "string" };
  }
  if (dtype.startsWith("float")) {
    return { anyOf: [{ type: "number" }, { enum: specialFloats }] };
  }
  const bits = Number(/(?<!\d)\d+$/.exec(dtype)?.[0]);
  const isSigned = dtype.startsWith("int");
  if (bits === 64) {
    const most = Number.MAX_SAFE_INTEGER;
    const number = { type: "integer", minimum: isSigned ? -most : 0, maximum: most };
    return {
      anyOf: [number, { type: "string", pattern: isSigned ? "^-?[0-9]{1,20}$" : "^[0-9]{1,20}$" }],
    };
  }
  const minimum = isSigned ? -(2 ** (bits - 1)) : 0;
  return { type: "integer", minimum, maximum: minimum + 2 ** bits - 1 };
}
