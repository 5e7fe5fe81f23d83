import { ScoringError } from "../../../../shared/error.ts";
import type { TextEmbeddingSettings } from "../../../../shared/model/pipelines/text-embedding/definition.ts";
import { tokenIdsOf } from "../../../../shared/model/pipelines/text-embedding/row.ts";
import { firstOf } from "../../tokens/stack-tokens.ts";
import { tokenPipeline } from "../../tokens/token-pipeline.ts";
import type { Tokens } from "../../tokens/tokens.ts";
import type { Pipeline, ServedModel } from "../pipeline.ts";
import { pool, unit } from "./pool.ts";

interface Prompted extends Tokens {
  /** How many tokens at its start are not pooled. */
  readonly unpooled: number;
}

/** A row is UTF-8 text, or ids of tokens; an answer has one embedding, [size] float32. */
export function textEmbedding(model: ServedModel<TextEmbeddingSettings>): Pipeline {
  const { settings, contract } = model;
  const { prompts, tokens, pooling, normalize } = settings;
  return tokenPipeline<Prompted>(model, (tokenizer) => ({
    encode: async (row, given) => {
      const name = contract.parameters.parse(given)["prompt_name"];
      const ids = tokenIdsOf(row);
      if (ids !== undefined) return { ...tokenizer.given(ids), unpooled: 0 };
      const prompt = prompts[String(name)] ?? "";
      const encoded = await tokenizer.encode(`${prompt}${row.toString()}`);
      const unpooled = settings.pool_prompt ? 0 : await tokenizer.promptLength(prompt);
      return { ...encoded, unpooled: Math.min(unpooled, encoded.ids.length - 1) };
    },
    blank: (blank) => ({ ...blank, unpooled: 0 }),
    decode: ({ data, dims }, given, encoded) => {
      const { dimensions, encoding_format: format } = contract.parameters.parse(given);
      const from = pooling === "none" ? 0 : firstOf(encoded, dims[0] ?? 0, tokens);
      const rows = { data, size: settings.size, from: from + encoded.unpooled };
      const count = encoded.ids.length - encoded.unpooled;
      const whole = pooling === "none" ? data : pool({ ...rows, count }, pooling);
      const cut = whole.subarray(0, Number(dimensions));
      const embedding = normalize ? unit(cut) : cut;
      if (!embedding.every(Number.isFinite)) {
        throw new ScoringError("model_error", "The model gave an embedding that is not finite.");
      }
      return { embedding: format === "base64" ? base64(embedding) : [...embedding] };
    },
  }));
}

/** float32, little-endian. */
function base64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}
