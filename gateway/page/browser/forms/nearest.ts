import { listOf, memberOf } from "./shape.ts";

/** The numbers of an embedding, however it is written; undefined for anything else. */
export function embeddingOf(output: unknown): readonly number[] | undefined {
  const embedding = memberOf(output, "embedding");
  if (typeof embedding === "string") return floatsIn(embedding);
  return listOf(embedding, (it) => (typeof it === "number" ? it : undefined));
}

/** float32, little-endian, as base64 has it. */
function floatsIn(base64: string): readonly number[] {
  const bytes = Uint8Array.from(atob(base64), (character) => character.codePointAt(0) ?? 0);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/** The cosine of the angle between two embeddings: 1 for one direction, 0 for none in common. */
export function cosine(a: readonly number[], b: readonly number[]): number {
  const product = dot(a, b);
  return product === 0 ? 0 : product / Math.sqrt(dot(a, a) * dot(b, b));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

/** A text, and how near it is to the one it is compared with, -1 to 1. */
export interface Neighbour {
  readonly text: string;
  readonly similarity: number;
}

/** Nearest first. @param outputs of the first text and of each to compare it with */
export function nearest(
  texts: readonly string[],
  outputs: unknown,
): readonly Neighbour[] | undefined {
  const [own, ...others] = listOf(outputs, embeddingOf) ?? [];
  if (own === undefined) return undefined;
  return others
    .map((other, i) => ({ text: texts[i + 1] ?? "", similarity: cosine(own, other) }))
    .toSorted((a, b) => b.similarity - a.similarity);
}
