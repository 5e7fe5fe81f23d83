import type { TensorSettings } from "../manifest.ts";
import { datatypes, type Dtype } from "./element.ts";
import { rowShape } from "./row.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

/** JSON Schema of one row of a tensor: nested, typed, or typed with base64. */
export function tensorJsonSchema(tensor: TensorSettings, io: "input" | "output"): JsonSchema {
  const { dtype } = tensor;
  const dims = rowShape(tensor);
  const element = elementJsonSchema(dtype, io);
  const count = dims.reduce((product, dim) => product * dim, 1);
  const head = {
    datatype: { const: datatypes[dtype] },
    shape: io === "input" ? { const: dims } : { type: "array", items: { type: "integer" } },
  };
  const typed = {
    type: "object",
    properties: { ...head, data: io === "input" ? list(element, [count]) : { type: "array" } },
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
  return { anyOf: [list(element, dims), typed, encoded] };
}

/** JSON Schema of one row of a tensor as nested lists. */
export function nestedJsonSchema(tensor: TensorSettings, io: "input" | "output"): JsonSchema {
  return list(elementJsonSchema(tensor.dtype, io), rowShape(tensor));
}

function list(element: JsonSchema, dims: readonly number[]): JsonSchema {
  return dims.reduceRight<JsonSchema>(
    (items, dim) => ({ type: "array", items, minItems: dim, maxItems: dim }),
    element,
  );
}

/** JSON Schema of one element. */
export function elementJsonSchema(dtype: Dtype, io: "input" | "output"): JsonSchema {
  if (dtype === "string" || dtype === "bool") {
    return { type: dtype === "bool" ? "boolean" : "string" };
  }
  if (dtype.startsWith("float")) {
    const special = { enum: ["NaN", "Infinity", "-Infinity"] };
    return io === "input" ? { type: "number" } : { anyOf: [{ type: "number" }, special] };
  }
  const bits = Number(/\d+$/.exec(dtype)?.[0]);
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
