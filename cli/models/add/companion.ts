import { readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { contractOf } from "../../../shared/model/schema.ts";
import type { Manifest } from "../../../shared/model/manifest.ts";
import type { Example } from "./example.ts";

/**
 * Another input like an example, of the same shape and not the same values: with one alone, or with
 * twins, nothing would show that rows change each other.
 *
 * @param photos a folder with `cat.jpg` and `tripod.jpg`
 * @returns null when what was made up is no input of the model
 */
export function companionOf(example: Example, manifest: Manifest, photos: string): Example | null {
  if (example.kind === "body") {
    const names = ["cat.jpg", "tripod.jpg"].map((name) => join(photos, name));
    const photo = names.find((path) => !readFileSync(path).equals(example.body));
    if (photo === undefined) return null;
    const file = `${basename(example.file, extname(example.file))}-2.jpg`;
    return { kind: "body", file, mediaType: "image/jpeg", body: readFileSync(photo) };
  }
  const input = varied(example.input, manifest);
  const isInput = contractOf(manifest).input.safeParse(input).success;
  return isInput ? { ...example, input } : null;
}

function varied(input: unknown, { pipeline }: Manifest): unknown {
  if (pipeline.type !== "tabular" || typeof input !== "object" || input === null) {
    return other(input, 0);
  }
  const known = new Map(pipeline.columns.map(({ name, values = [] }) => [name, values]));
  return Object.fromEntries(
    Object.entries(input).map(([name, value]: [string, unknown], i) => {
      const values = known.get(name) ?? [];
      const another = values.find((it) => it !== value);
      return [name, values.length > 0 ? (another ?? value) : other(value, i)];
    }),
  );
}

/** Integers become smaller, so that they stay rows of a table of embeddings. */
function other(value: unknown, index: number): unknown {
  if (Array.isArray(value)) return value.map((item: unknown, i) => other(item, i));
  if (typeof value === "number") {
    if (!Number.isInteger(value)) return value + 0.25 * (1 + (index % 3));
    return value > 0 ? value - 1 : 1;
  }
  if (typeof value === "string") return `${value} b`;
  if (typeof value === "boolean") return !value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]: [string, unknown]) => [name, other(item, index)]),
  );
}
