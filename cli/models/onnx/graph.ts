/**
 * An ONNX file as plain data: what `readModel` (read-model.ts) gives, of what somebody asks for.
 * Weights are not decoded; `tensorValues` (tensor-values.ts) does that for one small tensor, and
 * `allNodes` (all-nodes.ts) goes through subgraphs and functions as well.
 */
export interface OnnxModel {
  /** The file it was read from, as it was given. */
  readonly path: string;
  /** Size of the file, without external data. */
  readonly bytes: number;
  readonly irVersion: number;
  /** What wrote the file: `skl2onnx` and its version, `pytorch`, …; empty when it does not say. */
  readonly producer: { readonly name: string; readonly version: string };
  /** Version of each operator set that is imported, by domain; `""` is ONNX's own (`ai.onnx`). */
  readonly opsets: ReadonlyMap<string, number>;
  /** What else the file says, by name: Ultralytics' tools write `task`, `names`, `imgsz`, …. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly graph: Graph;
  readonly functions: readonly ModelFunction[];
  /** Names of classes by output, where it was a map that had them. */
  readonly classNames?: ReadonlyMap<string, readonly string[]>;
}

/** A graph, or a subgraph in an attribute of `If`, `Loop` or `Scan`. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** Without those that an initializer gives a value to, which nobody has to feed. */
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly initializers: readonly GraphTensor[];
}

/** Nodes that others call by name, as PyTorch may write modules. */
export interface ModelFunction {
  readonly name: string;
  readonly domain: string;
  readonly nodes: readonly GraphNode[];
}

/** A named value and its type. */
export interface GraphValue {
  readonly name: string;
  readonly type: ValueType;
}

/** Inputs and outputs by what they are called in findings. */
export function valuesOf({
  graph,
}: OnnxModel): readonly (GraphValue & { readonly place: string })[] {
  return [
    ...graph.inputs.map((value) => ({ ...value, place: `input "${value.name}"` })),
    ...graph.outputs.map((value) => ({ ...value, place: `output "${value.name}"` })),
  ];
}

/** `[batch, 4, ?]` */
export function shapeText(dims: readonly Dimension[]): string {
  return `[${dims.map((dim) => dim ?? "?").join(", ")}]`;
}

/** A number, the name of a symbol, or null where the file says nothing. */
export type Dimension = number | string | null;

/** What a value is; only tensors can be served. `dims` null: not even their number is known. */
export type ValueType =
  | {
      readonly kind: "tensor";
      readonly dtype: OnnxDtype;
      readonly dims: readonly Dimension[] | null;
    }
  | { readonly kind: "sequence"; readonly element: ValueType }
  | { readonly kind: "map" | "optional" | "sparse_tensor" | "opaque" | "unknown" };

/** One operation. An empty name among inputs or outputs is an optional one that is left out. */
export interface GraphNode {
  readonly name: string;
  readonly opType: string;
  /** `""` is ONNX's own, also where the file says `ai.onnx`. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/**
 * An attribute of a node. Members that its kind does not use are null or empty. Lists of floats
 * (the coefficients of ai.onnx.ml's operators) are left out.
 */
export interface Attribute {
  readonly int: bigint | null;
  readonly float: number | null;
  readonly string: string | null;
  readonly ints: readonly bigint[];
  readonly strings: readonly string[];
  readonly tensor: GraphTensor | null;
  /** Of an attribute that holds one graph, or several. */
  readonly graphs: readonly Graph[];
}

/** An initializer, or the tensor of an attribute. */
export interface GraphTensor {
  readonly name: string;
  readonly dtype: OnnxDtype;
  readonly dims: readonly number[];
  /** Where its values are when they are not in the file: a path relative to the file's folder. */
  readonly external: string | null;
  /** The undecoded message, a view into the file's bytes; for `tensorValues`. */
  readonly message: Uint8Array;
}

/** `TensorProto.DataType`, by number, in the words of manifests where they have one. */
export const ONNX_DTYPES = [
  "undefined",
  "float32",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "int32",
  "int64",
  "string",
  "bool",
  "float16",
  "float64",
  "uint32",
  "uint64",
  "complex64",
  "complex128",
  "bfloat16",
  "float8e4m3fn",
  "float8e4m3fnuz",
  "float8e5m2",
  "float8e5m2fnuz",
  "uint4",
  "int4",
  "float4e2m1",
] as const;

/** Element type of a tensor; `undefined` also for types newer than this list. */
export type OnnxDtype = (typeof ONNX_DTYPES)[number];
