import { z } from "zod";

/** What is read of the files of a Hugging Face model; everything else in them is left alone. */

const count = z.int().nonnegative();

/** `config.json` */
export const configSchema = z.object({
  architectures: z.array(z.string()).nullish(),
  model_type: z.string().nullish(),
  id2label: z.record(z.string(), z.string()).nullish(),
  problem_type: z.string().nullish(),
  hidden_size: count.nullish(),
  max_position_embeddings: count.nullish(),
  pad_token_id: z.int().nullish(),
  is_matryoshka: z.boolean().nullish(),
  matryoshka_dimensions: z.array(count).nullish(),
  // Of a CrossEncoder, by the version of sentence-transformers that wrote it.
  sentence_transformers: z.object({ activation_fn: z.string().nullish() }).nullish(),
  sbert_ce_default_activation_function: z.string().nullish(),
});

export type HubConfig = z.infer<typeof configSchema>;

/** `tokenizer_config.json` */
export const tokenizerConfigSchema = z.object({
  // Often 1e30, for none.
  model_max_length: z.number().nullish(),
  padding_side: z.enum(["left", "right"]).nullish(),
  truncation_side: z.enum(["left", "right"]).nullish(),
  pad_token: z.union([z.string(), z.object({ content: z.string() })]).nullish(),
});

/** `tokenizer.json`, of which the tokens that stand for themselves. */
export const tokenizerSchema = z.object({
  added_tokens: z.array(z.object({ id: count, content: z.string() })).nullish(),
});

/** `modules.json` of sentence-transformers: what an embedding goes through. */
export const modulesSchema = z.array(z.object({ path: z.string(), type: z.string() }));

/** `sentence_bert_config.json` */
export const sentenceConfigSchema = z.object({
  max_seq_length: count.nullish(),
  do_lower_case: z.boolean().nullish(),
});

/** `config_sentence_transformers.json` */
export const promptsSchema = z.object({
  prompts: z.record(z.string(), z.string()).nullish(),
  default_prompt_name: z.string().nullish(),
});

/** `config.json` of a `Pooling` module. */
export const poolingSchema = z.looseObject({
  pooling_mode: z.string().nullish(),
  include_prompt: z.boolean().nullish(),
});
