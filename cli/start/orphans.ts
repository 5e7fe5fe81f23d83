import { setTimeout as delay } from "node:timers/promises";
import { processIdentity } from "./process-identity.ts";
import type { ProcessEntry } from "./process-table.ts";

const POLL_MS = 50;

export interface EndOrphansOptions {
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
  /** How long each of them may take to end by itself before it is killed. */
  readonly graceMs: number;
}

/**
 * Ends what a killed launcher left behind: the roles first, while the Redis they settle into still
 * lives, then Redis, which writes its log out on SIGTERM. A pid that now belongs to another process
 * is never signalled.
 */
export async function endOrphans(
  entries: readonly ProcessEntry[],
  options: EndOrphansOptions,
): Promise<void> {
  const living = entries.filter(isAlive);
  const roles = living.filter(({ name }) => name !== "redis");
  const redis = living.filter(({ name }) => name === "redis");
  await Promise.all(roles.map((orphan) => endOrphan(orphan, options)));
  for (const orphan of redis) await endOrphan(orphan, options);
}

async function endOrphan(orphan: ProcessEntry, options: EndOrphansOptions): Promise<void> {
  const { say, signal, graceMs } = options;
  say(`ending ${orphan.name} (pid ${orphan.pid}), left by a launcher that was killed`);
  send(orphan, "SIGTERM");
  if (await goneWithin(orphan, graceMs, signal)) return;
  say(`${orphan.name} (pid ${orphan.pid}) did not end within ${graceMs / 1000} s: killing it`);
  send(orphan, "SIGKILL");
  if (await goneWithin(orphan, graceMs, signal)) return;
  throw new Error(`${orphan.name} (pid ${orphan.pid}) cannot be killed`);
}

/** Not our child, so there is no event to wait for. */
async function goneWithin(
  orphan: ProcessEntry,
  graceMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + graceMs;
  while (isAlive(orphan)) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS, undefined, { signal });
  }
  return true;
}

function send(orphan: ProcessEntry, signal: "SIGTERM" | "SIGKILL"): void {
  if (!isAlive(orphan)) return;
  try {
    // Each child leads a process group of its own: a kill takes its runners along.
    process.kill(signal === "SIGKILL" ? -orphan.pid : orphan.pid, signal);
  } catch (error) {
    if (isAlive(orphan)) throw error;
  }
}

function isAlive({ pid, identity }: ProcessEntry): boolean {
  return processIdentity(pid) === identity;
}
