import { CommandError } from "../../terminal/command.ts";
import type { HubConfig } from "../hub/hub-files.ts";
import type { HubFolder } from "../hub/hub-folder.ts";
import type { FolderPlanner } from "./plan.ts";
import { ALONE, TOKENIZER, tokensOf } from "./plan-tokens.ts";
import type { RowTensor } from "./servable.ts";

/** How many labels are shown. */
const SHOWN = 8;

/** Texts by labels: one of them, or several at a time, as `problem_type` says. */
export const planClassification: FolderPlanner = async (folder, model, tensors) => {
  const output = outputOf(tensors.outputs, 1, "text-classification");
  const labels = labelsOf(folder, output);
  const isMulti = folder.config.problem_type === "multi_label_classification";
  const tokens = tokensOf(folder, model);
  // As transformers does: a single output is a probability of its own.
  const activation = isMulti || labels.length === 1 ? "sigmoid" : "softmax";
  return Promise.resolve({
    inputs: tensors.inputs,
    outputs: [{ ...output, dims: [labels.length] }],
    pipeline: {
      type: "text-classification",
      tokens,
      labels,
      activation,
      ...(isMulti ? { top_k: { default: labels.length, max: labels.length } } : {}),
    },
    files: new Map([[TOKENIZER, folder.text(TOKENIZER)]]),
    facts: factsOf(labels, tokens, isMulti ? "each by itself" : "one of them"),
  });
};

/** Pairs of texts: one score, as rerankers have it, or labels. */
export const planPair: FolderPlanner = async (folder, model, tensors) => {
  const output = outputOf(tensors.outputs, 1, "text-pair");
  const labels = labelsOf(folder, output);
  const isScore = labels.length === 1;
  const tokens = tokensOf(folder, model);
  const activation = isScore ? scoreActivation(folder.config) : "softmax";
  return Promise.resolve({
    inputs: tensors.inputs,
    outputs: [{ ...output, dims: [labels.length] }],
    pipeline: { type: "text-pair", tokens, ...(isScore ? {} : { labels }), activation },
    files: new Map([[TOKENIZER, folder.text(TOKENIZER)]]),
    facts: isScore
      ? [["score", activation === "none" ? "as the graph gives it" : "0 to 1, by a sigmoid"]]
      : factsOf(labels, tokens, "one of them"),
  });
};

/** Tokens by labels, and entities of them. */
export const planEntities: FolderPlanner = async (folder, model, tensors) => {
  const output = outputOf(tensors.outputs, 2, "token-classification");
  const labels = labelsOf(folder, output);
  const { trim: _, lowercase: __, ...tokens } = tokensOf(folder, model);
  const outside = labels.find((label) => label === "O") ?? labels[0];
  return Promise.resolve({
    inputs: tensors.inputs,
    outputs: [{ ...output, dims: [...output.dims.slice(0, -1), labels.length] }],
    pipeline: { type: "token-classification", tokens, labels, outside },
    files: new Map([[TOKENIZER, folder.text(TOKENIZER)]]),
    facts: factsOf(labels, tokens, `${outside}: no entity`),
  });
};

/** Whether a classifier of sequences is one of pairs: a reranker, or one of natural language inference. */
export function isOfPairs(config: HubConfig): boolean {
  const labels = Object.values(config.id2label ?? {});
  const isCrossEncoder =
    typeof config.sentence_transformers?.activation_fn === "string" ||
    typeof config.sbert_ce_default_activation_function === "string";
  const isInference = labels.some((label) => /^(?:entail|contradict)/i.test(label));
  return isCrossEncoder || isInference || labels.length === 1;
}

function outputOf(outputs: readonly RowTensor[], rank: number, pipeline: string): RowTensor {
  const fitting = outputs.filter(
    ({ dtype, dims }) => dtype.startsWith("float") && dims.length === rank,
  );
  const found = fitting.find(({ name }) => name === "logits") ?? fitting[0];
  if (found !== undefined) return found;
  const shape = rank === 1 ? "[batch, labels]" : "[batch, tokens, labels]";
  throw new CommandError(
    `${pipeline} takes an output ${shape} of float32; this graph has none.
Another pipeline: --pipeline`,
  );
}

/** In the order of the outputs. @throws {CommandError} when they are not as many as these */
function labelsOf({ config, path }: HubFolder, { name, dims }: RowTensor): readonly string[] {
  const known = Object.entries(config.id2label ?? {}).toSorted(([a], [b]) => Number(a) - Number(b));
  const labels = known.map(([, label]) => label);
  const size = dims.at(-1);
  if (typeof size !== "number" || size === labels.length) return labels;
  if (labels.length === 0) return Array.from({ length: size }, (_, i) => `LABEL_${i}`);
  throw new CommandError(
    `${path}/config.json names ${labels.length} labels, and the output "${name}" has ${size}`,
  );
}

/** Of a CrossEncoder of sentence-transformers; without a word of it, it is a sigmoid there. */
function scoreActivation(config: HubConfig): "sigmoid" | "none" {
  const said =
    config.sentence_transformers?.activation_fn ?? config.sbert_ce_default_activation_function;
  const [last = "Sigmoid"] = said?.split(".").slice(-1) ?? [];
  if (last === "Sigmoid") return "sigmoid";
  if (last === "Identity") return "none";
  throw new CommandError(`config.json wants the activation ${last}, which is not done here`);
}

function factsOf(
  labels: readonly string[],
  tokens: { readonly max: number; readonly rows?: string },
  what: string,
): readonly (readonly [string, string])[] {
  const more = labels.length > SHOWN ? `, … ${labels.length - SHOWN} more` : "";
  return [
    ["labels", `${labels.slice(0, SHOWN).join(", ")}${more} (${what})`],
    ["tokens", `${tokens.max} at most; longer texts are cut, and the answer says so`],
    ...(tokens.rows === undefined ? [] : [["rows", ALONE] as const]),
  ];
}
