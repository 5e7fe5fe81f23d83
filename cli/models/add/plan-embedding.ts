import { CommandError, UsageError } from "../../terminal/command.ts";
import { modulesSchema, poolingSchema, promptsSchema } from "../hub/hub-files.ts";
import type { HubFolder } from "../hub/hub-folder.ts";
import type { Questions } from "../../terminal/questions.ts";
import type { FolderPlanner } from "./plan.ts";
import { ALONE, TOKENIZER, tokensOf } from "./plan-tokens.ts";
import type { RowTensor } from "./servable.ts";

/** The output that has pooled embeddings already, as Hugging Face's exporter calls it. */
const POOLED = "sentence_embedding";

/**
 * Embeddings of texts, as sentence-transformers would make them of the folder.
 *
 * @throws {CommandError} when the graph has no embeddings, or its folder asks for what is not done here
 */
export const planEmbedding: FolderPlanner = async (folder, model, tensors, questions) => {
  const output = outputOf(tensors.outputs);
  const isPooled = output.dims.length === 1;
  const size = sizeOf(output, folder);
  const modules = folder.json("modules.json", modulesSchema);
  const { how, includesPrompt } = isPooled
    ? { how: "none", includesPrompt: true }
    : poolingOf(folder, questions);
  const normalize = modules?.some(({ type }) => type.endsWith(".Normalize")) ?? false;
  if (!isPooled) refuseOthers(modules ?? []);
  const { prompts, default_prompt_name: usual } =
    folder.json("config_sentence_transformers.json", promptsSchema) ?? {};
  const matryoshka = matryoshkaOf(folder, questions);
  const tokens = tokensOf(folder, model);
  return Promise.resolve({
    inputs: tensors.inputs,
    outputs: [{ ...output, dims: [...output.dims.slice(0, -1), size] }],
    pipeline: {
      type: "text-embedding",
      tokens,
      size,
      pooling: how,
      normalize,
      ...(matryoshka === false ? {} : { matryoshka }),
      ...(Object.keys(prompts ?? {}).length === 0 ? {} : { prompts }),
      ...(typeof usual === "string" ? { default_prompt: usual } : {}),
      ...(includesPrompt ? {} : { pool_prompt: false }),
    },
    files: new Map([[TOKENIZER, folder.text(TOKENIZER)]]),
    facts: [
      ["embeddings", `${size} numbers${normalize ? ", of length 1" : ""}; ${POOLINGS[how]}`],
      ["tokens", `${tokens.max} at most; longer texts are cut, and the answer says so`],
      ...(tokens.rows === undefined ? [] : [["rows", ALONE] as const]),
    ],
  });
};

const POOLINGS: Readonly<Record<string, string>> = {
  mean: "the mean of those of the tokens",
  max: "the largest numbers of those of the tokens",
  cls: "that of the first token",
  last: "that of the last token",
  none: "pooled by the graph",
};

function outputOf(outputs: readonly RowTensor[]): RowTensor {
  const floats = outputs.filter(({ dtype }) => dtype === "float32" || dtype === "float16");
  const pooled = floats.find(({ name, dims }) => name === POOLED && dims.length === 1);
  const found = pooled ?? floats.find(({ dims }) => dims.length === 2);
  if (found !== undefined) return found;
  throw new CommandError(
    `text-embedding takes an output "${POOLED}" [batch, n], or one [batch, tokens, n] of
float32; this graph has neither. Another pipeline: --pipeline`,
  );
}

function sizeOf({ name, dims }: RowTensor, { config }: HubFolder): number {
  const size = dims.at(-1);
  if (typeof size === "number") return size;
  if (typeof config.hidden_size === "number") return config.hidden_size;
  throw new CommandError(
    `neither the output "${name}" nor config.json says how long embeddings are`,
  );
}

const MODES: Readonly<Record<string, string>> = {
  pooling_mode_cls_token: "cls",
  pooling_mode_max_tokens: "max",
  pooling_mode_mean_tokens: "mean",
  pooling_mode_lasttoken: "last",
};
const NAMES = new Set(Object.values(MODES));

function poolingOf(folder: HubFolder, questions: Questions) {
  const said = questions.said("pooling");
  if (said !== undefined && !NAMES.has(said)) {
    throw new UsageError(`--pooling ${said}: is not one of ${[...NAMES].join(", ")}`);
  }
  const modules = folder.json("modules.json", modulesSchema) ?? [];
  const path = modules.find(({ type }) => type.endsWith(".Pooling"))?.path ?? "1_Pooling";
  const given = folder.json(`${path}/config.json`, poolingSchema);
  const includesPrompt = given?.include_prompt !== false;
  if (said !== undefined) return { how: said, includesPrompt };
  // sentence-transformers takes the mean where a folder says nothing.
  if (given === undefined) return { how: "mean", includesPrompt };
  const modes = [
    ...(given.pooling_mode?.split("+") ?? []),
    ...Object.entries(given).flatMap(([name, value]) =>
      name.startsWith("pooling_mode_") && value === true ? [MODES[name] ?? name] : [],
    ),
  ].map((mode) => (mode === "lasttoken" ? "last" : mode));
  const [how = "mean", ...others] = new Set(modes);
  if (others.length === 0 && NAMES.has(how)) return { how, includesPrompt };
  throw new CommandError(
    `${path}/config.json pools by ${modes.join(" and ")}, which is not done here. Export a
graph that pools by itself, with an output "${POOLED}":
  optimum-cli export onnx --library sentence_transformers`,
  );
}

const MODULES = new Set(["Transformer", "Pooling", "Normalize"]);

/** What comes behind the pooling is part of the embedding. */
function refuseOthers(modules: readonly { readonly type: string }[]): void {
  const other = modules.find(({ type }) => !MODULES.has(type.split(".").at(-1) ?? ""));
  if (other === undefined) return;
  throw new CommandError(
    `modules.json has a ${other.type}, which is not done here. Export a graph that has it
in itself, with an output "${POOLED}":
  optimum-cli export onnx --library sentence_transformers`,
  );
}

/** @returns sizes, or whether any will do */
function matryoshkaOf({ config }: HubFolder, questions: Questions): boolean | readonly number[] {
  const said = questions.said("matryoshka");
  if (said === "any") return true;
  if (said !== undefined) {
    const sizes = said.split(",").map(Number);
    if (sizes.every((size) => Number.isInteger(size) && size > 0)) return sizes;
    throw new UsageError(`--matryoshka ${said}: is neither "any" nor sizes, as 64,128,256`);
  }
  const { matryoshka_dimensions: sizes, is_matryoshka: isAny } = config;
  return sizes !== null && sizes !== undefined && sizes.length > 0 ? sizes : isAny === true;
}
