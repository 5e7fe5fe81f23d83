const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Most of what JSON text may be made of. */
export interface JsonLimits {
  readonly depth: number;
  /** Lists and objects, together. */
  readonly containers: number;
  /** Members of all objects, together. */
  readonly members: number;
}

/**
 * Which limit JSON text breaks, found without recursion and before anything that recurses or allocates
 * sees it: JSON.parse takes 200,000 levels, and JSON.stringify then dies at 6,000; and three bytes
 * (`{},`) become an object of sixty.
 *
 * @param json UTF-8; need not be valid
 */
export function limitBroken(json: Buffer, limits: JsonLimits): keyof JsonLimits | undefined {
  let depth = 0;
  let containers = 0;
  let members = 0;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i];
    if (byte === QUOTE) i = endOfString(json, i);
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth += 1;
      containers += 1;
      if (depth > limits.depth) return "depth";
      if (containers > limits.containers) return "containers";
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
    else if (byte === COLON) {
      members += 1;
      if (members > limits.members) return "members";
    }
  }
  return undefined;
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
