/** Letters of base64 and base64url, by code. */
const LETTERS = new Set(
  Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"),
);
const isLetter = Uint8Array.from({ length: 128 }, (_, code) => Number(LETTERS.has(code)));
const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/**
 * Base64 or base64url, with its `=` or without. Read letter by letter: on megabytes a regular
 * expression runs out of stack.
 *
 * @param from where in the text it begins
 * @param lines `folded`: line breaks may stand anywhere
 * @returns the bytes, or undefined when it is none
 */
export function fromBase64(
  text: string,
  from = 0,
  lines: "whole" | "folded" = "whole",
): Buffer | undefined {
  let end = text.length;
  let padding = 0;
  let breaks = 0;
  for (; end > from; end--) {
    const code = text.charCodeAt(end - 1);
    if (lines === "folded" && (code === LINE_FEED || code === RETURN)) breaks += 1;
    else if (text[end - 1] === "=" && padding < 2) padding += 1;
    else break;
  }
  for (let i = from; i < end; i++) {
    const code = text.charCodeAt(i);
    if (isLetter[code] === 1) continue;
    if (lines === "whole" || (code !== LINE_FEED && code !== RETURN)) return undefined;
    breaks += 1;
  }
  const digits = text.slice(from, end);
  return Buffer.from(breaks === 0 ? digits : digits.replaceAll(/[\r\n]/g, ""), "base64");
}
