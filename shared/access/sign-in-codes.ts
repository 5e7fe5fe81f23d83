import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Redis } from "ioredis";
import { z } from "zod";
import { controlKeys as keys } from "../redis/keys.ts";
import { asking, type Ask } from "../redis/reach.ts";
import { hashSecret } from "./token.ts";

/** How long a code can be used, in ms: long enough to read what stands above the link. */
export const CODE_LIFE_MS = 600_000;
/** 128 random bits. */
const SECRET_BYTES = 16;
/** The id of the key without `key_`, and the secret. */
export const CODE_PATTERN = /^[0-7][0-9a-hjkmnp-tv-z]{25}_[0-9a-f]{32}$/;

const recordSchema = z.strictObject({ hash: z.string(), seal: z.string() });

/** Whom a code signs in. */
export interface CodeHolder {
  readonly keyId: string;
  /** Which of the key's secrets it was made with. */
  readonly seal: string;
}

/**
 * Codes that sign in the holder of a key, once each. A key has one at a time, so that nobody can fill
 * Redis with them; Redis has its hash alone. Throws `service_unavailable` without Redis.
 */
export class SignInCodes {
  readonly #ask: Ask;

  constructor(redis: Redis) {
    this.#ask = asking(redis, "Sign-in codes cannot be made or checked at the moment.");
  }

  /** Makes a code; the one before it is of no use any more. */
  async create(holder: CodeHolder): Promise<string> {
    const secret = randomBytes(SECRET_BYTES).toString("hex");
    await this.#ask(storeCode, holder, secret);
    return `${holder.keyId.slice("key_".length)}_${secret}`;
  }

  /** @returns whom it signs in; undefined for what is no code, or was used, replaced, or has ended */
  async use(code: string): Promise<CodeHolder | undefined> {
    if (!CODE_PATTERN.test(code)) return undefined;
    const [id = "", secret = ""] = code.split("_");
    return this.#ask(takeCode, `key_${id}`, secret);
  }
}

export async function storeCode(
  redis: Redis,
  { keyId, seal }: CodeHolder,
  secret: string,
): Promise<void> {
  const record = JSON.stringify({ hash: hashSecret(secret).toString("base64"), seal });
  await redis.set(keys.signIn(keyId), record, "PX", CODE_LIFE_MS);
}

/** A wrong secret leaves it as it is: nobody can use up another's code. */
export async function takeCode(
  redis: Redis,
  keyId: string,
  secret: string,
): Promise<CodeHolder | undefined> {
  const record = await redis.get(keys.signIn(keyId));
  if (record === null) return undefined;
  const { hash, seal } = recordSchema.parse(JSON.parse(record));
  if (!timingSafeEqual(hashSecret(secret), Buffer.from(hash, "base64"))) return undefined;
  // Of two that come at once, one removes it.
  return (await redis.del(keys.signIn(keyId))) === 1 ? { keyId, seal } : undefined;
}
