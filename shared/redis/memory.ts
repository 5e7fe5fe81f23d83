import type { Redis } from "ioredis";

export interface Memory {
  /** Bytes that Redis holds. */
  readonly usedBytes: number;
  /** Bytes that it may hold; 0 when it is not limited. */
  readonly maxBytes: number;
}

export async function readMemory(redis: Redis): Promise<Memory> {
  const info = await redis.info("memory");
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1] ?? 0);
  return { usedBytes: field("used_memory"), maxBytes: field("maxmemory") };
}
