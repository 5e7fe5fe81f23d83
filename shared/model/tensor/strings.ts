import { stringFault } from "./element.ts";

/**
 * Strings as bytes, as the Open Inference Protocol has them: each is its length in bytes (u32,
 * little-endian) and its UTF-8.
 */
const LENGTH_BYTES = 4;

export function packStrings(strings: readonly string[]): Buffer {
  return Buffer.concat(
    strings.flatMap((text) => {
      const utf8 = Buffer.from(text);
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32LE(utf8.length);
      return [length, utf8];
    }),
  );
}

/**
 * @param count how many strings are there
 * @returns the strings, and where they end in `bytes`
 * @throws {RangeError} when the lengths do not add up; {TypeError} for bytes that are not UTF-8
 */
export function unpackStrings(bytes: Buffer, count: number): { strings: string[]; end: number } {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const strings: string[] = [];
  let end = 0;
  for (let i = 0; i < count; i++) {
    const start = end + LENGTH_BYTES;
    end = start + bytes.readUInt32LE(end);
    if (end > bytes.length) throw new RangeError("a string is longer than what is left");
    strings.push(decoder.decode(bytes.subarray(start, end)));
  }
  return { strings, end };
}

/** @returns what is wrong with strings that a client packed, or undefined */
export function packedStringsFault(bytes: Buffer, count: number): string | undefined {
  try {
    const { strings, end } = unpackStrings(bytes, count);
    if (end !== bytes.length) return `holds more than ${count} strings`;
    return strings.map(stringFault).find((fault) => fault !== undefined);
  } catch (error) {
    if (error instanceof TypeError) return "holds a string that is not UTF-8";
    return `does not hold ${count} strings, each with its length before it`;
  }
}
