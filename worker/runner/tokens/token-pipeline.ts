import type { TokensSettings } from "../../../shared/model/pipelines/tokens.ts";
import {
  makePipeline,
  type Pipeline,
  type PipelineSteps,
  type ServedModel,
} from "../pipelines/pipeline.ts";
import { bucketOf } from "./buckets.ts";
import { stackTokens } from "./stack-tokens.ts";
import { TextTokenizer } from "./text-tokenizer.ts";
import type { Tokens } from "./tokens.ts";

/** What a pipeline over tokens does itself: how a row becomes tokens, and outputs become its answer. */
export type TokenSteps<Row extends Tokens> = Pick<PipelineSteps<Row>, "encode" | "decode"> & {
  /** A row of these tokens, to warm up with. */
  readonly blank: (tokens: Tokens) => Row;
};

/**
 * A pipeline whose rows are tokens: those of like length run together, padded; or each alone, where the
 * manifest says that rows change each other.
 *
 * @param steps is given the model's tokenizer
 */
export function tokenPipeline<Row extends Tokens>(
  { manifest, settings, folder }: ServedModel<{ readonly tokens: TokensSettings }>,
  steps: (tokenizer: TextTokenizer) => TokenSteps<Row>,
): Pipeline {
  const { tokens } = settings;
  const { encode, decode, blank } = steps(new TextTokenizer(folder, tokens));
  let row = 0;
  return makePipeline<Row>({
    encode,
    decode,
    blank: () => blank({ ids: [0], types: [0], places: undefined, isTruncated: false }),
    shapeKey: ({ ids }) =>
      tokens.rows === "alone" ? `row ${(row += 1)}` : String(bucketOf(ids.length)),
    stack: (rows) => stackTokens(rows, manifest.inputs, tokens),
  });
}
