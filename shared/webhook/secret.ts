import { randomBytes } from "node:crypto";

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
