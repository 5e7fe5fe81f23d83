import { createHmac, timingSafeEqual } from "node:crypto";
import { keyOf } from "./secret.ts";

/** How far the clocks of sender and receiver may be apart, in seconds: the official libraries'. */
export const TOLERANCE_SECONDS = 300;

const VERSION = "v1,";

/** What is signed. */
export interface SignedMessage {
  /** `webhook-id`, without a full stop. */
  readonly id: string;
  /** `webhook-timestamp`: whole seconds since the Unix epoch, of this attempt. */
  readonly timestampSeconds: number;
  /** Byte for byte what is sent. */
  readonly body: string | Uint8Array;
}

/** What a receiver got: two headers as they came, and the raw body. */
export interface ReceivedMessage {
  readonly id: string;
  readonly timestamp: string;
  readonly body: string | Uint8Array;
  /** The header `webhook-signature`: one signature or several, separated by spaces. */
  readonly signature: string;
}

/**
 * The header `webhook-signature` of Standard Webhooks 1.0.0: for each secret `v1,` and the base64 of
 * HMAC-SHA256 over `<id>.<timestamp>.<body>`, separated by spaces.
 *
 * @param secrets without faults, at least one; several while one is exchanged for another
 */
export function signatureOf(secrets: readonly string[], message: SignedMessage): string {
  return secrets.map((secret) => `${VERSION}${hmac(secret, message)}`).join(" ");
}

/**
 * Why a message is not to be trusted, or undefined when it is: the first fault of timestamp and
 * signatures. Takes as long whichever byte of a signature is wrong.
 *
 * @param secrets without faults; one that fits is enough
 */
export function signatureFault(
  secrets: readonly string[],
  { id, timestamp, body, signature }: ReceivedMessage,
  nowSeconds: number,
): string | undefined {
  if (id === "") return "webhook-id is missing";
  if (!/^\d{1,12}$/.test(timestamp)) return "webhook-timestamp is missing or not a whole number";
  const timestampSeconds = Number(timestamp);
  const age = ageFault(Math.round(nowSeconds - timestampSeconds));
  if (age !== undefined) return age;
  const given = signature.split(" ").filter((one) => one.startsWith(VERSION));
  if (given.length === 0) return "webhook-signature is missing or has no v1 signature";
  const expected = secrets.map((secret) => hmac(secret, { id, timestampSeconds, body }));
  const isRight = expected.some((one) =>
    given.some((other) => isEqual(one, other.slice(VERSION.length))),
  );
  return isRight
    ? undefined
    : "no signature matches: the secret differs, or the message was changed";
}

function ageFault(ageSeconds: number): string | undefined {
  if (Math.abs(ageSeconds) <= TOLERANCE_SECONDS) return undefined;
  const direction = ageSeconds > 0 ? "old" : "in the future";
  return `webhook-timestamp is ${Math.abs(ageSeconds)} s ${direction}; ${TOLERANCE_SECONDS} s are allowed`;
}

function hmac(secret: string, { id, timestampSeconds, body }: SignedMessage): string {
  return createHmac("sha256", keyOf(secret))
    .update(`${id}.${timestampSeconds}.`)
    .update(body)
    .digest("base64");
}

function isEqual(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
}
