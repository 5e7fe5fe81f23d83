import type { TokensSettings } from "../../../shared/model/pipelines/tokens.ts";
import {
  makePipeline,
  type Pipeline,
  type PipelineSteps,
  type ServedModel,
} from "../pipelines/pipeline.ts";
import { bucketOf } from "./buckets.ts";
import { outputFloats, type RowFloats } from "./output-floats.ts";
import { stackTokens } from "./stack-tokens.ts";
import { TextTokenizer } from "./text-tokenizer.ts";
import type { Tokens } from "./tokens.ts";

/** What a pipeline over tokens does itself: how a row becomes tokens, and outputs become its answer. */
export interface TokenSteps<Row extends Tokens> extends Pick<PipelineSteps<Row>, "encode"> {
  /** A row of these tokens, to warm up with. */
  readonly blank: (tokens: Tokens) => Row;
  /** What the graph gave for a row as its answer, to which that of the tokens is added. */
  readonly decode: (
    floats: RowFloats,
    parameters: Readonly<Record<string, unknown>>,
    encoded: Row,
  ) => object;
}

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
  const [output] = manifest.outputs;
  if (output === undefined) throw new Error("manifest without outputs");
  const { encode, decode, blank } = steps(new TextTokenizer(folder, tokens));
  let row = 0;
  return makePipeline<Row>({
    encode,
    decode: (outputs, position, given, encoded) => ({
      ...decode(outputFloats(outputs, output.name, position), given, encoded),
      tokens: encoded.ids.length,
      truncated: encoded.isTruncated,
    }),
    blank: () => blank({ ids: [0], types: [0], places: undefined, isTruncated: false }),
    shapeKey: ({ ids }) =>
      tokens.rows === "alone" ? `row ${(row += 1)}` : String(bucketOf(ids.length)),
    stack: (rows) => stackTokens(rows, manifest.inputs, tokens),
  });
}
