import { z } from "zod";
import type { Role } from "./system.ts";

const runLine = z.object({
  msg: z.literal("batch running"),
  runner: z.number(),
  jobs: z.array(z.string()),
});
export type Run = z.infer<typeof runLine>;

/** The tensor batches a worker has begun, by its own log, oldest first. */
export function runsOf(worker: Role): Run[] {
  return worker.lines.flatMap((line) => {
    if (!line.includes("batch running")) return [];
    const parsed = runLine.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  });
}

/** @param id of a job, or the name of an item */
export function hasJob({ jobs }: Pick<Run, "jobs">, id: string): boolean {
  return jobs.includes(id);
}
