import type { Dimension, GraphValue, OnnxModel } from "./graph.ts";

/** What exporters write for "any size": two of them have nothing to do with each other. */
const PLACEHOLDER = /^(?:\?|-1|\*|none|null|nan|n\/a|unk|unknown|undefined|dynamic|any|dim)?$/i;
/** Sums, products and calls: what a size comes from, and no name that a person would want to read. */
const EXPRESSION = /[+*()<>=]|\s[-/]\s/;
/** As a manifest has it. */
const CHARACTERS_MAX = 100;

/**
 * The model with names of dimensions that mean something: placeholders are free of each other, and
 * get a name of ours, as have expressions and what is too long for a name. A first dimension without a
 * name stays so: most often it is the batch.
 */
export function withOwnNames(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const taken = new Set(
    [...graph.inputs, ...graph.outputs].flatMap((value) => dimsOf(value).map(realName)),
  );
  const named = (value: GraphValue): GraphValue => {
    const { name, type } = value;
    if (type.kind !== "tensor" || type.dims === null) return value;
    const dims = type.dims.map((dim, i) => {
      if (typeof dim === "number" || realName(dim) !== null) return dim;
      return i === 0 ? null : freeName(`${name}_${i}`, taken);
    });
    return { name, type: { ...type, dims } };
  };
  const [inputs, outputs] = [graph.inputs.map(named), graph.outputs.map(named)];
  return { ...model, graph: { ...graph, inputs, outputs } };
}

/** Names that a sum adds up, such as `past + sequence`; null for anything else. */
export function addendsOf(dim: string): readonly string[] | null {
  const parts = dim.split("+").map((part) => part.trim());
  const isSum = parts.length > 1 && parts.every((part) => part !== "" && !EXPRESSION.test(part));
  return isSum ? parts : null;
}

function dimsOf({ type }: GraphValue): readonly Dimension[] {
  return type.kind === "tensor" ? (type.dims ?? []) : [];
}

function realName(dim: Dimension): string | null {
  if (typeof dim !== "string" || dim.length > CHARACTERS_MAX) return null;
  return PLACEHOLDER.test(dim.trim()) || EXPRESSION.test(dim) ? null : dim;
}

/** @param taken is added to */
function freeName(wanted: string, taken: Set<string | null>): string {
  let name = wanted.slice(0, CHARACTERS_MAX - 10);
  while (taken.has(name)) name += "_";
  taken.add(name);
  return name;
}
