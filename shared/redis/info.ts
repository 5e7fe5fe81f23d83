import type { Redis } from "ioredis";

/** A field of the answer to `INFO`; undefined where a managed service hides it. */
export function infoField(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\r?$`, "m").exec(info)?.[1];
}

export interface Memory {
  /** Bytes that Redis holds. */
  readonly usedBytes: number;
  /** Bytes that it may hold; 0 when it is not limited. */
  readonly maxBytes: number;
}

export async function readMemory(redis: Redis): Promise<Memory> {
  const info = await redis.info("memory");
  const field = (name: string): number => Number(infoField(info, name) ?? 0);
  return { usedBytes: field("used_memory"), maxBytes: field("maxmemory") };
}
