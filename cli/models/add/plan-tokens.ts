import { allNodes } from "../onnx/all-nodes.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import type { HubFolder } from "../hub/hub-folder.ts";
import {
  sentenceConfigSchema,
  tokenizerConfigSchema,
  tokenizerSchema,
  type HubConfig,
} from "../hub/hub-files.ts";

/** The file that the tokenizer is in, in the folder and beside the manifest. */
export const TOKENIZER = "tokenizer.json";

/** Why rows do not run together. */
export const ALONE =
  "each runs alone: the graph is quantised dynamically, and rows would change each other";

/** What is taken for a limit of tokens; larger ones stand for none. */
const LENGTH_MAX = 1_000_000;

/** Where nothing says how many tokens the graph takes, as BERT. */
const LENGTH_USUAL = 512;

/** The member `tokens` of a text pipeline's settings, as the folder says it. */
export function tokensOf(folder: HubFolder, model: OnnxModel) {
  const tokenizer = folder.json("tokenizer_config.json", tokenizerConfigSchema) ?? {};
  const sentence = folder.json("sentence_bert_config.json", sentenceConfigSchema);
  const { padding_side: padding, truncation_side: truncation } = tokenizer;
  return {
    tokenizer: TOKENIZER,
    max: maxOf(folder, model),
    // sentence-transformers strips the texts that it is given.
    ...(sentence === undefined ? {} : { trim: true }),
    ...(sentence?.do_lower_case === true ? { lowercase: true } : {}),
    ...(truncation === "left" ? { truncation_side: truncation } : {}),
    ...(padding === "left" ? { padding_side: padding } : {}),
    padding_id: paddingIdOf(folder),
    ...(changesNeighbours(model) ? { rows: "alone" as const } : {}),
  };
}

function maxOf(folder: HubFolder, { graph }: OnnxModel): number {
  const { config } = folder;
  const sentence = folder.json("sentence_bert_config.json", sentenceConfigSchema);
  const tokenizer = folder.json("tokenizer_config.json", tokenizerConfigSchema);
  const fixed = graph.inputs.flatMap(({ type }) =>
    type.kind === "tensor" ? (type.dims?.slice(1) ?? []) : [],
  );
  const limits = [
    sentence?.max_seq_length ?? tokenizer?.model_max_length,
    positionsOf(config),
    ...fixed.filter((dim) => typeof dim === "number"),
  ].filter((limit) => typeof limit === "number" && limit > 0 && limit <= LENGTH_MAX);
  return limits.length === 0 ? LENGTH_USUAL : Math.min(...limits.map(Number));
}

/** Models that count positions from behind that of their padding have so many fewer. */
const LATE = new Set([
  "roberta",
  "xlm-roberta",
  "camembert",
  "mpnet",
  "longformer",
  "xlm-roberta-xl",
]);

function positionsOf(config: HubConfig): number | undefined {
  const { max_position_embeddings: positions, model_type: type, pad_token_id: padding } = config;
  if (typeof positions !== "number") return undefined;
  return LATE.has(type ?? "") ? positions - (padding ?? 1) - 1 : positions;
}

function paddingIdOf(folder: HubFolder): number {
  const { pad_token: token } = folder.json("tokenizer_config.json", tokenizerConfigSchema) ?? {};
  const content = typeof token === "string" ? token : token?.content;
  const added = folder.json(TOKENIZER, tokenizerSchema)?.added_tokens ?? [];
  const id = added.find((one) => one.content === content)?.id ?? folder.config.pad_token_id ?? 0;
  return Math.max(0, id);
}

/** Whether a graph's figures are of all rows together: dynamic quantisation scales a whole tensor. */
export function changesNeighbours(model: OnnxModel): boolean {
  return [...allNodes(model)].some(({ opType }) => opType.startsWith("DynamicQuantize"));
}
