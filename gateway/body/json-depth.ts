const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether JSON text nests deeper than a limit, found without recursion and before anything that
 * recurses sees it: JSON.parse takes 200,000 levels, and JSON.stringify then dies at 6,000.
 *
 * @param json UTF-8; need not be valid
 */
export function isDeeperThan(json: Buffer, depthMax: number): boolean {
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i];
    if (byte === QUOTE) i = endOfString(json, i);
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth += 1;
      if (depth > depthMax) return true;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
  }
  return false;
}

/** Strings can be megabytes of base64: let native code find their end. */
function endOfString(json: Buffer, open: number): number {
  let end = json.indexOf(QUOTE, open + 1);
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf(QUOTE, end + 1);
  return end === -1 ? json.length : end;
}

function isEscaped(json: Buffer, at: number): boolean {
  let slashes = 0;
  while (json[at - 1 - slashes] === BACKSLASH) slashes += 1;
  return slashes % 2 === 1;
}
