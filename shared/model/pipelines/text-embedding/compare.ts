import { fromBase64 } from "../../../base64.ts";
import { compareValues, isRecord, type Comparer } from "../compare.ts";
import { valueVersions, VERSION_TOLERANCE, type VersionComparer } from "../versions.ts";

/** Number by number, whichever way they are written. */
export const compareEmbeddings: Comparer = (actual, wanted, tolerance) =>
  compareValues(plain(actual), plain(wanted), tolerance);

/**
 * Embeddings of two versions point the same way when the cosine of their angle is 0.99 or more; their
 * lengths mean nothing. A truth is an embedding, or an output.
 */
export const embeddingVersions: VersionComparer = {
  compare: (candidate, live) => {
    const [got, wanted] = [vectorOf(candidate), vectorOf(live)];
    if (got === undefined || wanted === undefined) return valueVersions.compare(candidate, live);
    if (got.length !== wanted.length) {
      const difference = `/embedding: ${got.length} numbers instead of ${wanted.length}`;
      return { difference, largest: 0 };
    }
    const apart = 1 - cosine(got, wanted);
    const isSame = apart <= VERSION_TOLERANCE.absolute;
    const difference = isSame ? undefined : `/embedding: a cosine of ${(1 - apart).toFixed(4)}`;
    return { difference, largest: apart };
  },
  isRight: (output, truth) => {
    const [got, wanted] = [vectorOf(output), vectorOf(truth)];
    if (got === undefined || got.length !== wanted?.length) return false;
    return 1 - cosine(got, wanted) <= VERSION_TOLERANCE.absolute;
  },
};

/** An output with its embedding as numbers. */
function plain(output: unknown): unknown {
  const vector = vectorOf(output);
  return isRecord(output) && vector !== undefined ? { ...output, embedding: vector } : output;
}

/** Of an output, or an embedding itself. */
function vectorOf(value: unknown): readonly number[] | undefined {
  const vector: unknown = isRecord(value) ? value["embedding"] : value;
  if (typeof vector === "string") return decoded(vector);
  return Array.isArray(vector) && vector.every((it) => typeof it === "number") ? vector : undefined;
}

function decoded(base64: string): readonly number[] | undefined {
  const bytes = fromBase64(base64, 0);
  if (bytes === undefined || bytes.length % 4 !== 0) return undefined;
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

/** a·b / |a||b|; 1 between two that are zero. */
function cosine(a: readonly number[], b: readonly number[]): number {
  const lengths = Math.sqrt(dot(a, a) * dot(b, b));
  if (lengths > 0) return dot(a, b) / lengths;
  return dot(a, a) === dot(b, b) ? 1 : 0;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, it, i) => sum + it * (b[i] ?? 0), 0);
}
