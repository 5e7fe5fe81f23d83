import { createHmac } from "node:crypto";
import type { CaptureRules } from "../../../shared/endpoint/capture.ts";

/** Members that are dropped or hashed, and the key of the hashes. */
export type Redaction = Pick<CaptureRules, "drop" | "hash"> & { readonly salt: string };

/**
 * A line without the members that are dropped, and with hashes in the place of those that are hashed.
 * A path leads through every element of a list. The same value has the same hash in all lines of an endpoint.
 * What was taken from a line is named by its member `redacted`: who reads it knows that it is not as it was.
 */
export function redacted(line: object, { drop, hash, salt }: Redaction): object {
  let kept: unknown = line;
  const touched = new Set<string>();
  const replace = (path: string, by: (value: unknown) => string | undefined): void => {
    kept = replaced(kept, path.split("."), (value) => {
      touched.add(path);
      return by(value);
    });
  };
  for (const path of hash) replace(path, (value) => hashOf(value, salt));
  for (const path of drop) replace(path, () => undefined);
  return touched.size === 0 ? Object(kept) : { ...Object(kept), redacted: [...touched] };
}

function replaced(
  value: unknown,
  path: readonly string[],
  replace: (value: unknown) => string | undefined,
): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return replace(value);
  if (Array.isArray(value)) return value.map((one: unknown) => replaced(one, path, replace));
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return value;
  const next = replaced(Reflect.get(value, name), rest, replace);
  return { ...value, [name]: next };
}

function hashOf(value: unknown, salt: string): string {
  return `hmac:${createHmac("sha256", salt).update(JSON.stringify(value)).digest("hex").slice(0, 32)}`;
}
