import { hash } from "node:crypto";
import { variantAt } from "./buckets.ts";
import { BUCKETS, type Variant } from "./definition.ts";
import type { Endpoint } from "./endpoints.ts";

/** What a request says of the variant that is to score it. */
export interface Pin {
  /** Its name: shares do not matter then. */
  readonly variant?: string | undefined;
  /** Up to 255 characters: requests with the same text get the same variant. */
  readonly affinity?: string | undefined;
}

/**
 * The variant that scores a request: the pinned one; else that of the bucket which the affinity hashes
 * to; else that of one drawn.
 *
 * @param draw a random number, 0 or more and less than 1
 * @returns undefined when there is no such variant
 */
export function route(
  endpoint: Pick<Endpoint, "name" | "salt" | "buckets" | "definition">,
  { variant, affinity }: Pin,
  draw: () => number,
): Variant | undefined {
  const name =
    variant ??
    variantAt(
      endpoint.buckets,
      affinity === undefined ? Math.floor(draw() * BUCKETS) : bucketOf(endpoint, affinity),
    );
  return endpoint.definition.variants.find((it) => it.name === name);
}

/** The first 48 bits of a SHA-256, as a fraction: no bucket is likelier than another by more than 1e-10. */
export function bucketOf(
  { name, salt }: Pick<Endpoint, "name" | "salt">,
  affinity: string,
): number {
  const digest = hash("sha256", `${name} ${salt} ${affinity}`, "buffer");
  return Math.floor((digest.readUIntBE(0, 6) / 2 ** 48) * BUCKETS);
}
