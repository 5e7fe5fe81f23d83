const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const LARGE_E = 0x45;
const SMALL_E = 0x65;
const BLANK = 0x20;
const DELETE = 0x7f;

/** Digits that a double holds exactly, whatever they are. */
const EXACT_DIGITS = 15;
/** All of these, and the integers above, are exact as doubles: their quotient is rounded once. */
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i);

/**
 * Reads JSON text from its bytes, one token after the other, without making values of it: for text as
 * programs write it, where a parser would take several times as long. It knows ASCII, and no escapes.
 * Where it says no, nothing is said of the text: a parser has to look at it.
 */
export class PlainJson {
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;

  /** Begins to read. */
  open(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#at = 0;
  }

  /** Whether nothing but blanks is left. */
  get isOver(): boolean {
    this.#skipBlanks();
    return this.#at >= this.#bytes.length;
  }

  /** Steps over a character, if it is the next one. */
  take(character: number): boolean {
    this.#skipBlanks();
    if (this.#bytes[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  /** Steps over the name of a member and its colon, if it is this name. @param name by `plainName` */
  takeName(name: Uint8Array): boolean {
    const from = this.#at;
    if (!this.takeWord(name)) return false;
    if (this.take(COLON)) return true;
    this.#at = from;
    return false;
  }

  /** Steps over these characters, if they are the next ones. */
  takeWord(word: Uint8Array): boolean {
    this.#skipBlanks();
    const [bytes, from] = [this.#bytes, this.#at];
    for (let i = 0; i < word.length; i += 1) if (bytes[from + i] !== word[i]) return false;
    this.#at = from + word.length;
    return true;
  }

  /** @returns what is between the quotes of the string that is next; undefined for anything else */
  string(): Uint8Array | undefined {
    this.#skipBlanks();
    const bytes = this.#bytes;
    const from = this.#at + 1;
    if (bytes[this.#at] !== QUOTE) return undefined;
    let at = from;
    for (; at < bytes.length && bytes[at] !== QUOTE; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte < BLANK || byte >= DELETE || byte === BACKSLASH) return undefined;
    }
    if (at >= bytes.length) return undefined;
    this.#at = at + 1;
    return bytes.subarray(from, at);
  }

  /** @returns the number that is next, as `JSON.parse` reads it; NaN for anything else */
  number(): number {
    this.#skipBlanks();
    const bytes = this.#bytes;
    const from = this.#at;
    const isNegative = bytes[from] === MINUS;
    const first = isNegative ? from + 1 : from;
    let at = first;
    let [mantissa, decimals] = [0, 0];
    for (let byte = bytes[at]; isDigit(byte); byte = bytes[at]) {
      mantissa = mantissa * 10 + byte - ZERO;
      at += 1;
    }
    const digits = at - first;
    if (digits === 0 || (digits > 1 && bytes[first] === ZERO)) return Number.NaN;
    if (bytes[at] === POINT) {
      const point = at;
      at += 1;
      for (let byte = bytes[at]; isDigit(byte); byte = bytes[at]) {
        mantissa = mantissa * 10 + byte - ZERO;
        at += 1;
      }
      decimals = at - point - 1;
      if (decimals === 0) return Number.NaN;
    }
    this.#at = at;
    if (bytes[at] === SMALL_E || bytes[at] === LARGE_E) {
      if (!this.#skipExponent()) return Number.NaN;
    } else if (digits + decimals <= EXACT_DIGITS) {
      const value = decimals === 0 ? mantissa : mantissa / (POWERS[decimals] ?? Number.NaN);
      return isNegative ? -value : value;
    }
    return Number(Buffer.from(bytes.buffer, bytes.byteOffset + from, this.#at - from).toString());
  }

  #skipExponent(): boolean {
    const bytes = this.#bytes;
    this.#at += 1;
    if (bytes[this.#at] === MINUS || bytes[this.#at] === PLUS) this.#at += 1;
    const from = this.#at;
    while (isDigit(bytes[this.#at])) this.#at += 1;
    return this.#at > from;
  }

  #skipBlanks(): void {
    for (let byte = this.#bytes[this.#at]; isBlank(byte); byte = this.#bytes[this.#at]) {
      this.#at += 1;
    }
  }
}

/** A name as it stands in text, quotes included; undefined when it may stand there in other ways. */
export function plainName(name: string): Uint8Array | undefined {
  return /^[ !#-[\]-~]*$/.test(name) ? Buffer.from(`"${name}"`) : undefined;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number | undefined): byte is number {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
