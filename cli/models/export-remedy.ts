import { allNodes } from "./onnx/all-nodes.ts";
import type { GraphValue, OnnxModel, ValueType } from "./onnx/graph.ts";

/** What a value is that is no tensor, and the export option that makes it one. */
export function tensorRemedy(
  type: ValueType,
  model: OnnxModel,
): { readonly kind: string; readonly remedy: string } {
  const isZipMap = [...allNodes(model)].some(({ opType }) => opType === "ZipMap");
  if (!isZipMap) {
    const isList = type.kind === "sequence" && type.element.kind === "tensor";
    const more = isList
      ? "\nor have its members made outputs of their own: models add --plain-outputs"
      : "";
    const remedy = `Return a tensor instead, or serve the others alone:
  --outputs with their names, separated by commas${more}`;
    return { kind: kindOf(type), remedy };
  }
  const call = model.producer.name.toLowerCase().includes("mltools")
    ? "convert_lightgbm(model, initial_types=initial_types, zipmap=False)"
    : 'to_onnx(model, X[:1], options={id(model): {"zipmap": False}})';
  const remedy = `Export the model again without ZipMap:
  ${call}
or have it removed from the copy that is served: models add --plain-outputs`;
  return { kind: kindOf(type), remedy };
}

function kindOf(type: ValueType): string {
  switch (type.kind) {
    case "sequence":
      return type.element.kind === "map" ? "a sequence of maps" : "a sequence";
    case "map":
      return "a map";
    case "optional":
      return "optional";
    case "sparse_tensor":
      return "a sparse tensor";
    case "tensor":
    case "opaque":
    case "unknown":
      return "no tensor";
  }
}

/** How to export a model whose inputs and outputs have the batch as first dimension. */
export function batchRemedy(model: OnnxModel): string {
  const { producer, graph } = model;
  if (producer.name === "skl2onnx")
    return `Export it again with None as first dimension:
  ${initialTypes(graph.inputs)}`;
  if (producer.name !== "pytorch") {
    return "Export it again with the first dimension of every input and output left open.";
  }
  const isScalar = ({ type }: GraphValue) => type.kind === "tensor" && type.dims?.length === 0;
  const axes = [...graph.inputs, ...graph.outputs]
    .filter((value) => !isScalar(value))
    .map(({ name }) => `"${name}": {0: "batch"}`);
  const names = (values: readonly GraphValue[]): string =>
    `[${values.map(({ name }) => `"${name}"`).join(", ")}]`;
  return `Export it again with an open first dimension:
  torch.onnx.export(model, args, "model.onnx",
    input_names=${names(graph.inputs)}, output_names=${names(graph.outputs)},
    dynamic_axes={${axes.join(", ")}})`;
}

const SKL_TYPES: Readonly<Record<string, string>> = {
  float32: "FloatTensorType",
  float64: "DoubleTensorType",
  int64: "Int64TensorType",
  string: "StringTensorType",
  bool: "BooleanTensorType",
};

function initialTypes(inputs: readonly GraphValue[]): string {
  const types = inputs.map(({ name, type }) => {
    const [dtype, dims] = type.kind === "tensor" ? [type.dtype, type.dims ?? []] : ["float32", []];
    const shape = ["None", ...dims.slice(1).map((dim) => dim ?? "None")].join(", ");
    return `("${name}", ${SKL_TYPES[dtype] ?? "FloatTensorType"}([${shape}]))`;
  });
  return `to_onnx(model, initial_types=[${types.join(", ")}])`;
}
