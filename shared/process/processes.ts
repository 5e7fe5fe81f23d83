import { z } from "zod";
import type { Redis } from "../redis/connection.ts";
import { controlKeys as keys } from "../redis/keys.ts";
import { lastErrorSchema } from "./last-errors.ts";

export const processRoles = ["gateway", "worker", "courier"] as const;

/** A process that has not been heard of for this long is gone, in ms: three times what they write in. */
const SILENT_MS = 30_000;
/** How long errors, and processes that are gone, can be read. */
const KEPT_MS = 3_600_000;

const processSchema = z.object({
  v: z.literal(1),
  role: z.enum(processRoles),
  host: z.string(),
  pid: z.int(),
  version: z.string(),
  since_ms: z.number(),
  at_ms: z.number(),
  /** It has stopped in order. */
  left: z.literal(true).optional(),
  errors: z.array(lastErrorSchema),
});

/** What a process says of itself. */
export type OwnProcess = z.infer<typeof processSchema>;

export interface SeenProcess extends OwnProcess {
  readonly id: string;
  readonly isAlive: boolean;
}

export async function writeProcess(redis: Redis, id: string, process: OwnProcess): Promise<void> {
  await redis.hset(keys.processes, id, JSON.stringify(process));
}

export async function forgetProcesses(redis: Redis, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await redis.hdel(keys.processes, ...ids);
}

/** Those that live, those that are gone since an hour or less, and their errors of the last hour. */
export async function readProcesses(
  redis: Redis,
  nowMs: number,
): Promise<{ readonly seen: readonly SeenProcess[]; readonly over: readonly string[] }> {
  const seen: SeenProcess[] = [];
  const over: string[] = [];
  for (const [id, text] of Object.entries(await redis.hgetall(keys.processes))) {
    const { data } = processSchema.safeParse(JSON.parse(text));
    if (data === undefined || nowMs - data.at_ms > KEPT_MS) {
      over.push(id);
      continue;
    }
    const errors = data.errors.filter((error) => nowMs - error.at_ms < KEPT_MS);
    const isAlive = data.left !== true && nowMs - data.at_ms < SILENT_MS;
    seen.push({ ...data, id, errors, isAlive });
  }
  return { seen, over };
}
