import { z } from "zod";
import { newSecret } from "./secret.ts";

/** A secret, and until when it signs; the newest has no end. */
export interface TimedSecret {
  readonly secret: string;
  readonly expires_at_ms: number | null;
}

/** Most that sign at a time: each makes every request longer. */
const SECRETS_MAX = 3;

const secretsSchema = z.array(
  z.object({ secret: z.string(), expires_at_ms: z.number().nullable() }),
);

/** @throws {z.ZodError} when it is no JSON text of secrets */
export function parseSecrets(text: string): readonly TimedSecret[] {
  return secretsSchema.parse(JSON.parse(text));
}

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

/** A new secret in front; those before it sign for `overlapMs` more, and no longer than they would. */
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
  return activeSecrets([...firstSecret(), ...old], nowMs).slice(0, SECRETS_MAX);
}
