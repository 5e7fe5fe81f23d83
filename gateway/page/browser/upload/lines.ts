/** What a line is to whoever counts items: part of one that goes on, the end of one, or nothing. */
export type LineVerdict = "empty" | "open" | "whole";
/** Looks at the lines of a file in their order, each without its line feed. */
export type ReadLine = (line: Uint8Array) => LineVerdict;

const QUOTE = 0x22;
const COMMA = 0x2c;
const RETURN = 0x0d;

/** Lines of JSON: each is an item, but for empty ones. */
export function lineReader(): ReadLine {
  return (line) => (isEmpty(line) ? "empty" : "whole");
}

type Field = "start" | "bare" | "quoted" | "closed" | "malformed";

/**
 * Records of CSV, which may have ends of lines in quotes. It has to see the ends of records where the
 * gateway sees them, of malformed ones too: an upload goes on behind as many items as were received.
 *
 * @param isMarked the first line is that of a file, where a byte order mark may stand
 */
export function recordReader({ isMarked = false } = {}): ReadLine {
  let field: Field = "start";
  let isOpen = false;
  let mayBeMarked = isMarked;
  return (whole) => {
    const line = mayBeMarked ? unmarked(whole) : whole;
    mayBeMarked = false;
    const isFirst = !isOpen;
    if (isFirst) {
      if (isEmpty(line)) return "empty";
      if (!line.includes(QUOTE)) return "whole";
      field = "start";
    }
    isOpen = false;
    if (!isUtf8(line)) return "whole";
    let quotes = 0;
    for (const byte of line) {
      if (byte === QUOTE) quotes += 1;
      field = after(field, byte);
    }
    // As the gateway does: what stands in an open record is looked at when its quotes may be closed.
    isOpen = !isFirst && quotes % 2 === 0 ? true : field === "quoted";
    return isOpen ? "open" : "whole";
  };
}

const MARK = [0xef, 0xbb, 0xbf];

function unmarked(line: Uint8Array): Uint8Array {
  return MARK.every((byte, i) => line[i] === byte) ? line.subarray(MARK.length) : line;
}

function after(field: Field, byte: number): Field {
  switch (field) {
    case "start":
      if (byte === QUOTE) return "quoted";
      return byte === COMMA ? "start" : "bare";
    case "bare":
      if (byte === QUOTE) return "malformed";
      return byte === COMMA ? "start" : "bare";
    case "quoted":
      return byte === QUOTE ? "closed" : "quoted";
    case "closed":
      if (byte === QUOTE) return "quoted";
      return byte === COMMA ? "start" : "malformed";
    case "malformed":
      return field;
  }
}

function isEmpty(line: Uint8Array): boolean {
  return line.length === 0 || (line.length === 1 && line[0] === RETURN);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
