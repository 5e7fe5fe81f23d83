/**
 * The element types of tensors: how JSON names, reads and writes them, and what they are as bytes.
 * Bytes are little-endian. Nothing is changed silently: what an element type cannot hold is
 * refused, but for the rounding of a number to the nearest float.
 */
export const dtypes = [
  "float16",
  "float32",
  "float64",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "bool",
  "string",
] as const;

export type Dtype = (typeof dtypes)[number];

export function isDtype(text: string): text is Dtype {
  return dtypes.some((known) => known === text);
}

export type NumericDtype = Exclude<Dtype, "string">;

/** One element in JSON; integers beyond ±(2^53 - 1), NaN and infinities are strings. */
export type JsonElement = number | string | boolean;

/** Floats that JSON has no numbers for, as they are written and read. */
export const specialFloats = ["NaN", "Infinity", "-Infinity"] as const;
export type SpecialFloat = (typeof specialFloats)[number];

/**
 * How one element becomes bytes and JSON. `write` takes all that `read` gives, and makes the same
 * element of it again; but for -0, which JSON text has as 0, and the bits that a NaN may carry.
 */
export interface ElementKind {
  /** Bytes of one element. */
  readonly bytes: number;
  /** @returns what is wrong with `value`, or undefined once it is written */
  write(view: DataView, at: number, value: unknown): string | undefined;
  read(view: DataView, at: number): JsonElement;
}

/** Names of the Open Inference Protocol. */
export const datatypes: Readonly<Record<Dtype, string>> = {
  float16: "FP16",
  float32: "FP32",
  float64: "FP64",
  int8: "INT8",
  int16: "INT16",
  int32: "INT32",
  int64: "INT64",
  uint8: "UINT8",
  uint16: "UINT16",
  uint32: "UINT32",
  uint64: "UINT64",
  bool: "BOOL",
  string: "BYTES",
};

export const elementKinds: Readonly<Record<NumericDtype, ElementKind>> = {
  float16: floats(2, "Float16", (value) => Math.f16round(value)),
  float32: floats(4, "Float32", (value) => Math.fround(value)),
  float64: floats(8, "Float64", (value) => value),
  int8: integers(1, "Int8", -(2 ** 7)),
  int16: integers(2, "Int16", -(2 ** 15)),
  int32: integers(4, "Int32", -(2 ** 31)),
  int64: longIntegers("BigInt64", -(2n ** 63n)),
  uint8: integers(1, "Uint8", 0),
  uint16: integers(2, "Uint16", 0),
  uint32: integers(4, "Uint32", 0),
  uint64: longIntegers("BigUint64", 0n),
  bool: {
    bytes: 1,
    write: (view, at, value) => {
      if (typeof value !== "boolean") return "is not true or false";
      view.setUint8(at, value ? 1 : 0);
      return undefined;
    },
    read: (view, at) => view.getUint8(at) !== 0,
  },
};

export function isNumeric(dtype: Dtype): dtype is NumericDtype {
  return dtype !== "string";
}

/** @returns what is wrong with a string element, or undefined */
export function stringFault(value: unknown): string | undefined {
  if (typeof value !== "string") return "is not a string";
  if (!value.isWellFormed()) return "holds half of a surrogate pair";
  // onnxruntime-node hands strings on as C does, and would cut this one off there.
  return value.includes("\0") ? "holds U+0000, which models cannot be given" : undefined;
}

/** A float in JSON: a number, or the name of one that JSON has no number for. */
export function floatJson(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

export function isSpecialFloat(value: unknown): value is SpecialFloat {
  return value === "NaN" || value === "Infinity" || value === "-Infinity";
}

type FloatName = "Float16" | "Float32" | "Float64";

function floats(bytes: number, name: FloatName, round: (value: number) => number): ElementKind {
  const writeSpecial = (view: DataView, at: number, value: unknown): string | undefined => {
    if (!isSpecialFloat(value)) return `is not a number, nor ${SPECIALS}`;
    view[`set${name}`](at, Number(value), true);
    return undefined;
  };
  return {
    bytes,
    write: (view, at, value) => {
      if (typeof value !== "number") return writeSpecial(view, at, value);
      // Infinity as a number is one that JSON.parse could not hold.
      if (!Number.isFinite(round(value))) return `is too large for ${bytes * 8}-bit floats`;
      view[`set${name}`](at, value, true);
      return undefined;
    },
    read: (view, at) => floatJson(view[`get${name}`](at, true)),
  };
}

const SPECIALS = specialFloats
  .map((one) => JSON.stringify(one))
  .join(", ")
  .replace(/, (?=[^,]*$)/, " or ");

type IntegerName = "Int8" | "Int16" | "Int32" | "Uint8" | "Uint16" | "Uint32";

function integers(bytes: number, name: IntegerName, least: number): ElementKind {
  const most = least + 2 ** (8 * bytes) - 1;
  return {
    bytes,
    write: (view, at, value) => {
      if (!Number.isInteger(value)) return "is not an integer";
      const integer = Number(value);
      if (integer < least || integer > most) return `is not between ${least} and ${most}`;
      view[`set${name}`](at, integer, true);
      return undefined;
    },
    read: (view, at) => view[`get${name}`](at, true),
  };
}

const DECIMAL = /^-?\d{1,20}$/;

/**
 * 64-bit integers. A JSON number beyond 2^53 - 1 has lost its last digits when it is parsed, so
 * that only a string of digits is believed there.
 */
function longIntegers(name: "BigInt64" | "BigUint64", least: bigint): ElementKind {
  const most = least + 2n ** 64n - 1n;
  return {
    bytes: 8,
    write: (view, at, value) => {
      const integer = exactInteger(value);
      if (typeof integer === "string") return integer;
      if (integer < least || integer > most) return `is not between ${least} and ${most}`;
      view[`set${name}`](at, integer, true);
      return undefined;
    },
    read: (view, at) => {
      const value = view[`get${name}`](at, true);
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value.toString();
    },
  };
}

/** @returns the integer, or what is wrong */
function exactInteger(value: unknown): bigint | string {
  if (typeof value === "string") {
    return DECIMAL.test(value) ? BigInt(value) : "is not an integer of decimal digits";
  }
  if (!Number.isInteger(value)) return "is not an integer";
  if (Number.isSafeInteger(value)) return BigInt(Number(value));
  return "is beyond 2^53 - 1, where JSON numbers lose digits; write it as a string";
}
