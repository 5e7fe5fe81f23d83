import type {
  Aggregation,
  OffsetUnit,
  TokenClassificationSettings,
} from "../../../../shared/model/pipelines/token-classification/definition.ts";
import { firstOf } from "../../tokens/stack-tokens.ts";
import { tokenPipeline } from "../../tokens/token-pipeline.ts";
import type { Tokens } from "../../tokens/tokens.ts";
import type { Pipeline, ServedModel } from "../pipeline.ts";
import { softmax } from "../top-k.ts";
import { aggregate, type ScoredToken } from "./aggregate.ts";
import { offsetsIn } from "./offsets.ts";

interface PlacedTokens extends Tokens {
  readonly text: string;
}

/** A row is UTF-8 text; the model's output is [batch, tokens, labels], of which softmax makes probabilities. */
export function tokenClassification(model: ServedModel<TokenClassificationSettings>): Pipeline {
  const { settings, contract } = model;
  const { labels, outside, tokens } = settings;
  return tokenPipeline<PlacedTokens>(model, (tokenizer) => ({
    encode: async (row) => {
      const text = row.toString();
      return { ...(await tokenizer.encode(text, null, true)), text };
    },
    blank: (blank) => ({ ...blank, text: "" }),
    decode: ({ data, dims }, given, encoded) => {
      const { aggregation, offsets } = parametersOf(contract.parameters.parse(given));
      const from = firstOf(encoded, dims[0] ?? 0, tokens);
      const scored = (encoded.places ?? []).flatMap((place, i): ScoredToken[] => {
        if (place.isSpecial) return [];
        const at = (from + i) * labels.length;
        return [{ ...place, scores: softmax(data.subarray(at, at + labels.length)) }];
      });
      if (!scored.every(({ scores }) => scores.every(Number.isFinite))) {
        throw new Error("an output is not finite");
      }
      const units = offsetsIn(encoded.text, "utf16");
      const asked = offsetsIn(encoded.text, offsets);
      return {
        entities: aggregate(scored, labels, { how: aggregation, outside }).map((entity) => ({
          ...entity,
          start: asked(entity.start),
          end: asked(entity.end),
          text: encoded.text.slice(units(entity.start), units(entity.end)),
        })),
        offsets,
      };
    },
  }));
}

/** As the contract has parsed them. */
function parametersOf(parsed: Readonly<Record<string, unknown>>) {
  // Its schema has these members.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return parsed as { readonly aggregation: Aggregation; readonly offsets: OffsetUnit };
}
