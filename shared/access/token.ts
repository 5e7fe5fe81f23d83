import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { secretNames, type AccessKey } from "./key.ts";

/** What a client sends: `sk_<the key's id without key_>_<secret>`. */
export interface Token {
  readonly keyId: string;
  readonly secret: string;
}

const SECRET_BYTES = 32;
const TOKEN_PATTERN = /^sk_([0-7][0-9a-hjkmnp-tv-z]{25})_([0-9a-f]{64})$/;

/** 32 random bytes as 64 hex digits: nothing in it ends a word for a mouse or a shell. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString("hex");
}

export function formatToken({ keyId, secret }: Token): string {
  return `sk_${keyId.slice("key_".length)}_${secret}`;
}

/** @returns undefined for what has another form; nothing is said of whether the key exists */
export function parseToken(text: string): Token | undefined {
  const [, id, secret] = TOKEN_PATTERN.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { keyId: `key_${id}`, secret };
}

/**
 * SHA-256 of the secret's hex digits, 32 bytes. A fast hash is right here: slow ones protect secrets
 * that people choose, and these are 256 random bits that no list holds and nobody can try through
 * (`docs/decisions/0008-keys-are-hashed-once.md`).
 */
export function hashSecret(secret: string): Buffer {
  return hash("sha256", secret, "buffer");
}

/**
 * What an access token has of the secret that it was made with: 16 bytes that tell nothing of it. Redis
 * holds no more than their hash, so that whoever reads it cannot make one up.
 */
export function sealOf(secret: string): string {
  return hash("sha256", `seal\n${secret}`, "buffer").toString("base64url", 0, 16);
}

/** What a key keeps to know the seal of a secret by. */
export function hashSeal(secret: string): Buffer {
  return hashSecret(sealOf(secret));
}

/** Whether it is of one of the key's two secrets, as they are. */
export function hasSeal({ seals }: AccessKey, seal: string): boolean {
  const given = hashSecret(seal);
  return secretNames.some((name) => {
    const known = seals[name];
    return known !== undefined && timingSafeEqual(given, known);
  });
}

/** Whether it is one of the key's two secrets. Takes as long whichever it is, and if it is none. */
export function hasSecret({ hashes }: AccessKey, secret: string): boolean {
  const given = hashSecret(secret);
  const equal = secretNames.map((name) => timingSafeEqual(given, hashes[name]));
  return equal.includes(true);
}
