import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import { keys } from "./keys.ts";

/** The secret that signs this installation's ids, 32 bytes; made by whoever asks first. */
export async function readIdSecret(redis: Redis): Promise<Buffer> {
  await redis.set(keys.idSecret, randomBytes(32), "NX");
  const secret = await redis.getBuffer(keys.idSecret);
  if (secret === null) throw new Error("Redis lost the secret that signs ids");
  return secret;
}
