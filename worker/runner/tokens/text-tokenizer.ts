import { join } from "node:path";
import { Tokenizer, type Encoding } from "tokenizers";
import { ScoringError } from "../../../shared/error.ts";
import type { TokensSettings } from "../../../shared/model/pipelines/tokens.ts";
import { keptPositions } from "./truncate.ts";
import type { TokenPlace, Tokens } from "./tokens.ts";

/**
 * A model's own tokenizer. What its file says of padding and truncation is switched off: rows are padded
 * by the batch, and cut by the manifest.
 */
export class TextTokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #settings: TokensSettings;
  readonly #vocabulary: number;

  /** @param folder of the version @throws when the file is missing, or no tokenizer */
  constructor(folder: string, settings: TokensSettings) {
    this.#tokenizer = Tokenizer.fromFile(join(folder, settings.tokenizer));
    this.#tokenizer.disablePadding();
    this.#tokenizer.disableTruncation();
    this.#settings = settings;
    this.#vocabulary = this.#tokenizer.getVocabSize(true);
  }

  /**
   * @param pair the second text, for models of two
   * @param hasPlaces whether it is asked where the tokens stand in the text, which costs time
   */
  async encode(text: string, pair: string | null = null, hasPlaces = false): Promise<Tokens> {
    const second = pair === null ? null : this.#prepared(pair);
    const encoding = await this.#tokenizer.encode(this.#prepared(text), second);
    const [ids, types] = [encoding.getIds(), encoding.getTypeIds()];
    const places = hasPlaces ? placesOf(encoding) : undefined;
    const { max, truncation_side: side } = this.#settings;
    if (ids.length <= max) return { ids, types, places, isTruncated: false };
    const kept = keptPositions(
      encoding.getSequenceIds().map((it) => it ?? null),
      max,
      side,
    );
    const pick = <T>(all: readonly T[]): T[] => kept.flatMap((i) => all.slice(i, i + 1));
    return {
      ids: pick(ids),
      types: pick(types),
      places: places && pick(places),
      isTruncated: true,
    };
  }

  /**
   * How many tokens a prompt has at the start of a text, as sentence-transformers counts them: with the
   * special tokens before it.
   */
  async promptLength(prompt: string): Promise<number> {
    if (prompt === "") return 0;
    const encoding = await this.#tokenizer.encode(this.#prepared(prompt), null);
    const special = encoding.getSpecialTokensMask();
    return special.length - (special.at(-1) === 1 ? 1 : 0);
  }

  /** Ids as a client gives them. @throws {ScoringError} `invalid_input` for one that no token has */
  given(ids: readonly number[]): Tokens {
    const at = ids.findIndex((id) => id >= this.#vocabulary);
    if (at === -1) return { ids, types: ids.map(() => 0), places: undefined, isTruncated: false };
    const message = `Token ${at} is ${ids[at]}; the model's tokens are 0 to ${this.#vocabulary - 1}.`;
    throw new ScoringError("invalid_input", message);
  }

  #prepared(text: string): string {
    const { trim, lowercase } = this.#settings;
    const trimmed = trim ? text.trim() : text;
    return lowercase ? trimmed.toLowerCase() : trimmed;
  }
}

function placesOf(encoding: Encoding): readonly TokenPlace[] {
  const words = encoding.getWordIds();
  const special = encoding.getSpecialTokensMask();
  return encoding.getOffsets().map(([start = 0, end = 0], i) => ({
    start,
    end,
    word: words[i] ?? null,
    isSpecial: special[i] === 1,
  }));
}
