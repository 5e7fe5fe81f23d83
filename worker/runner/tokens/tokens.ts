/** Where a token stands in its text. */
export interface TokenPlace {
  /** Code points of the text before it and before its end; both 0 for a special token. */
  readonly start: number;
  readonly end: number;
  /** Which word it is of, by number; null where the tokenizer knows no words. */
  readonly word: number | null;
  /** Whether the text has no part in it. */
  readonly isSpecial: boolean;
}

/** A text, or a pair of texts, as a graph takes it. */
export interface Tokens {
  readonly ids: readonly number[];
  /** 0, or 1 for tokens of the second text of a pair. */
  readonly types: readonly number[];
  /** One for each token; undefined unless they were asked for. */
  readonly places: readonly TokenPlace[] | undefined;
  /** Whether some of the text had no room. */
  readonly isTruncated: boolean;
}
