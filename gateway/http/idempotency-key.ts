import { createHash } from "node:crypto";
import { badParameter } from "../../shared/error.ts";
import type { Idempotency } from "../../shared/job/new-job.ts";

/**
 * `Idempotency-Key`, as a Structured Field string (quoted) or bare: 1 to 255 visible ASCII characters.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 *
 * @returns undefined when the header is absent
 * @throws {ScoringError} `invalid_input`
 */
export function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const given = header.trim();
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(given)?.[1]?.replaceAll(/\\(["\\])/g, "$1");
  const key = quoted ?? given;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const message = "Idempotency-Key must be 1 to 255 visible ASCII characters, quoted or bare.";
  throw badParameter("Idempotency-Key", message, "is not a usable key");
}

export interface KeyedRequest {
  readonly tenant: string;
  /** Method and path pattern. */
  readonly route: string;
  readonly key: string;
  /** The model as it was asked for. */
  readonly model: string;
  /** What makes two requests the same one. */
  readonly content: readonly (string | Buffer)[];
}

export function idempotencyOf(request: KeyedRequest): Idempotency {
  const { tenant, route, key, model, content } = request;
  return { scope: digest([tenant, route, key]), fingerprint: digest([model, ...content]) };
}

/** SHA-256; each part is preceded by its length, so that no two lists of parts look alike. */
function digest(parts: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("base64url");
}

/** JSON text in which the order of members and the blanks between them make no difference. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
