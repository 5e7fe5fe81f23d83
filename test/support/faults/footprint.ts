import { readdirSync, readFileSync } from "node:fs";
import type { Redis } from "ioredis";

/** What a process or a server takes up at an instant. */
export interface Footprint {
  readonly rssMib: number;
  readonly descriptors: number;
}

/** @returns undefined when the process has ended */
export function footprintOf(pid: number): Footprint | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kib = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
    return { rssMib: kib / 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return undefined;
  }
}

/**
 * Keys by their kind, e.g. `job`. Kinds that are kept for a day or longer by promise, whatever the
 * retention of jobs is, are left out.
 */
export async function keysByKind(redis: Redis): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for await (const some of redis.scanStream({ count: 1000 })) {
    // A scan gives names.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    for (const key of some as string[]) {
      const kind = key.split(":")[1] ?? key;
      if (!LONG_KEPT.has(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
    }
  }
  return counts;
}

/** The key of a request is remembered for 24 h, what was called for days. */
const LONG_KEPT = new Set(["idempotency", "delivery", "requests"]);

/** Child processes of a process, by pid. */
export function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8")
        .split(" ")
        .filter((child) => child !== "")
        .map(Number),
    );
  } catch {
    return [];
  }
}
