import { CommandError } from "../terminal/command.ts";
import { jsonItem, type SentItem, type Source, type SourceOptions } from "./sent-item.ts";

/**
 * Items of a JSON array, each as it stands there, so that integers beyond 2^53 stay what they are.
 *
 * @throws {CommandError} when it is none
 */
export function listSource(name: string, text: string, options: SourceOptions): Source {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`${name} is not JSON: ${String(cause)}`, { cause });
  }
  if (!Array.isArray(value)) {
    throw new CommandError(`${name} is not a list of items: [{"input": ...}, ...]`);
  }
  const elements = elementsOf(text);
  return {
    mediaType: "application/x-ndjson",
    size: { items: elements.length, bytes: Buffer.byteLength(text) },
    items: itemsOf(elements, options),
    place: (number) => `item ${number} of ${name}`,
  };
}

// oxlint-disable-next-line require-await -- a list that is there is read like one that comes
async function* itemsOf(
  elements: readonly string[],
  options: SourceOptions,
): AsyncGenerator<readonly SentItem[]> {
  yield elements.map((element, i) => jsonItem(Buffer.from(element), i + 1, options));
}

/** Strings whole, or one character that is structure. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[[\]{},]/g;

/** The texts of a JSON array's elements, each on one line. @param text valid JSON */
export function elementsOf(text: string): readonly string[] {
  const elements: string[] = [];
  let depth = 0;
  let start = text.indexOf("[") + 1;
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === "[" || token === "{") depth += 1;
    else if (token === "]" || token === "}") depth -= 1;
    const isEnd = token === "]" ? depth === 0 : token === "," && depth === 1;
    if (!isEnd) continue;
    elements.push(oneLine(text.slice(start, index)));
    start = index + 1;
  }
  return elements.length === 1 && elements[0] === "" ? [] : elements;
}

/** In valid JSON an end of line never stands within a string. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, " ").trim();
}
