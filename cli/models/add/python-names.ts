/** An entry of a Python dict from numbers to texts, as `repr` writes it. */
const ENTRY = /(\d+): (?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")(?:, |\}$)/gy;
const ESCAPE = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/g;
const LETTERS: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/**
 * Reads class names as Ultralytics' tools write them into a file: `{0: 'person', 1: "painter's easel"}`.
 *
 * @returns in order; null for any other text, or when a number is missing
 */
export function namesOf(text: string): readonly string[] | null {
  if (!text.startsWith("{")) return null;
  const names: string[] = [];
  ENTRY.lastIndex = 1;
  for (let end = 1; end < text.length; end = ENTRY.lastIndex) {
    const [, number, single, double] = ENTRY.exec(text) ?? [];
    if (Number(number) !== names.length) return null;
    names.push((single ?? double ?? "").replaceAll(ESCAPE, unescaped));
  }
  return names.length > 0 ? names : null;
}

function unescaped(_: string, ...groups: readonly (string | undefined)[]): string {
  const [two, four, eight, letter = ""] = groups;
  const code = two ?? four ?? eight;
  if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
  return LETTERS[letter] ?? letter;
}
