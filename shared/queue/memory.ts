import type { Redis } from "ioredis";

/** @returns bytes that Redis holds, and may hold: 0 when it is not limited */
export async function readMemory(
  redis: Redis,
): Promise<{ readonly usedBytes: number; readonly maxBytes: number }> {
  const info = await redis.info("memory");
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1] ?? 0);
  return { usedBytes: field("used_memory"), maxBytes: field("maxmemory") };
}
