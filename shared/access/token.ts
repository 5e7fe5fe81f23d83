import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { secretNames, type AccessKey } from "./key.ts";

/** What a client sends: `sk_<the key's id without key_>_<secret>`. */
export interface Token {
  readonly keyId: string;
  readonly secret: string;
}

const SECRET_BYTES = 32;
const SEAL = Buffer.from("seal\n");
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
 * Which of a key's secrets an access token was made with: 12 bytes of a digest of the hash, which tell
 * nothing of either.
 */
export function sealOf(hashOfSecret: Buffer): string {
  return hash("sha256", Buffer.concat([SEAL, hashOfSecret]), "buffer").toString("base64url", 0, 12);
}

/** Whether the secret is still one of the key's two. */
export function hasSeal({ hashes }: AccessKey, seal: string): boolean {
  return secretNames.some((name) => sealOf(hashes[name]) === seal);
}

/** Whether it is one of the key's two secrets. Takes as long whichever it is, and if it is none. */
export function hasSecret({ hashes }: AccessKey, secret: string): boolean {
  const given = hashSecret(secret);
  const equal = secretNames.map((name) => timingSafeEqual(given, hashes[name]));
  return equal.includes(true);
}
