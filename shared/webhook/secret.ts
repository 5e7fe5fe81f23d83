import { randomBytes } from "node:crypto";
import { z } from "zod";
import { ScoringError } from "../error.ts";
import { json } from "../redis/fields.ts";

const PREFIX = "whsec_";
const MADE_BYTES = 32;
/** The specification's bounds (Standard Webhooks 1.0.0, "Signature scheme"). */
const BYTES = { least: 24, most: 64 };

/** `whsec_` and 32 random bytes in base64: what a receiver checks signatures with. */
export function newSecret(): string {
  return `${PREFIX}${randomBytes(MADE_BYTES).toString("base64")}`;
}

/**
 * What is wrong with a secret that somebody brings along, or undefined. Right is `whsec_` and 24 to
 * 64 bytes in base64 with its padding. The text never holds the secret.
 */
export function secretFault(secret: string): string | undefined {
  if (!secret.startsWith(PREFIX)) return `a secret must begin with ${PREFIX}`;
  const bytes = keyOf(secret);
  // Node reads over what is not base64; other libraries would refuse it, or see another key.
  if (bytes.toString("base64") !== secret.slice(PREFIX.length)) {
    return `what follows ${PREFIX} is not base64 with its padding`;
  }
  return bytes.length >= BYTES.least && bytes.length <= BYTES.most
    ? undefined
    : `a secret must have ${BYTES.least} to ${BYTES.most} bytes; this one has ${bytes.length}`;
}

/** @returns the bytes that sign, of a secret without faults */
export function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), "base64");
}

/** A secret, and until when it signs; the newest has no end. */
export interface TimedSecret {
  readonly secret: string;
  readonly expires_at_ms: number | null;
}

/** Most that sign at a time: each makes every request longer. */
const SECRETS_MAX = 3;

/** Secrets as JSON text. */
export const secretsText = json(
  z.array(z.object({ secret: z.string(), expires_at_ms: z.number().nullable() })).readonly(),
);

/** Secrets that sign now, newest first. */
export function activeSecrets(
  secrets: readonly TimedSecret[],
  nowMs: number,
): readonly TimedSecret[] {
  return secrets.filter(({ expires_at_ms: end }) => end === null || end > nowMs);
}

export function firstSecret(): readonly TimedSecret[] {
  return [{ secret: newSecret(), expires_at_ms: null }];
}

/**
 * A new secret in front; those before it sign for `overlapMs` more, and no longer than they would.
 *
 * @throws {ScoringError} `secret_limit` when that would be more than may sign at a time: one that was
 *   promised to sign for longer is not dropped
 */
export function rotated(
  secrets: readonly TimedSecret[],
  overlapMs: number,
  nowMs: number,
): readonly TimedSecret[] {
  const endMs = nowMs + overlapMs;
  const old = activeSecrets(secrets, nowMs).map(({ secret, expires_at_ms: end }) => ({
    secret,
    expires_at_ms: Math.min(end ?? endMs, endMs),
  }));
  const now = activeSecrets([...firstSecret(), ...old], nowMs);
  if (now.length <= SECRETS_MAX) return now;
  const ends = old.map(({ expires_at_ms: end }) => end);
  const first = new Date(Math.min(...ends)).toISOString();
  const message = `${SECRETS_MAX} secrets are active; the first of them expires at ${first}. Rotate after that, or with "overlap_ms": 0 to end all of them now.`;
  throw new ScoringError("secret_limit", message);
}
