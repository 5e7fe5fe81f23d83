import { count, figure, percent } from "../app/figures.ts";

/** Longer texts are cut, in characters. */
const LENGTH_MAX = 120;
/** What outputs list, the best first. */
const LISTS = ["predictions", "matches", "detections", "entities"] as const;
const NAMES = ["question", "text", "label", "id"] as const;
const SHARES = ["probability", "score"] as const;

/**
 * An output in a line: its first answer with its share, where it is of a known kind, and JSON with short
 * numbers otherwise.
 */
export function briefOf(output: unknown): string {
  return cut(
    isRecord(output) ? (labelled(output) ?? listed(output) ?? jsonOf(output)) : jsonOf(output),
  );
}

/** `class_0, 99.9 %` of a label and the probabilities of all. */
function labelled({ label, probabilities }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof label !== "string") return undefined;
  const share = isRecord(probabilities) ? probabilities[label] : undefined;
  return typeof share === "number" ? `${label}, ${percent(share)}` : label;
}

/** `espresso, 95.5 %, and 4 more` of a list; undefined where there is none, or what is in it has no name. */
function listed(output: Readonly<Record<string, unknown>>): string | undefined {
  const list = LISTS.map((name) => output[name]).find((value) => Array.isArray(value));
  if (list === undefined) return undefined;
  const [first, ...others] = list as readonly unknown[];
  if (first === undefined) return "none";
  if (!isRecord(first)) return undefined;
  const name = NAMES.map((key) => first[key]).find((value) => typeof value === "string");
  if (name === undefined) return undefined;
  const share = SHARES.map((key) => first[key]).find((value) => typeof value === "number");
  const parts = [name, share === undefined ? undefined : percent(share)];
  const more = others.length > 0 ? `and ${count(others.length)} more` : undefined;
  return [...parts, more].filter((part) => part !== undefined).join(", ");
}

function jsonOf(value: unknown): string {
  const short = (_key: string, it: unknown): unknown =>
    typeof it === "number" && !Number.isInteger(it) ? Number(figure(it).replaceAll(",", "")) : it;
  return JSON.stringify(value, short) ?? "";
}

function cut(text: string): string {
  return text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)} …` : text;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
