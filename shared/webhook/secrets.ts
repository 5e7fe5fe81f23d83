import { z } from "zod";
import { ScoringError } from "../error.ts";
import { json } from "../redis/fields.ts";
import { newSecret } from "./secret.ts";

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
