import { z } from "zod";
import { processRoles, type SeenProcess } from "../../shared/process/processes.ts";
import { rfc3339 } from "../../shared/rfc3339.ts";
import { listSchema } from "../http/answer-schemas.ts";
import { jsonAnswer } from "../http/answers.ts";
import type { Handler } from "../http/openapi/operation.ts";

/** More are not shown; those that were heard of last are. */
const SHOWN_MAX = 500;

export interface ProcessServices {
  /** @throws while Redis does not answer */
  readonly processes: () => Promise<readonly SeenProcess[]>;
}

const processSchema = z.strictObject({
  id: z.string().describe("Another after each start."),
  role: z.enum(processRoles),
  host: z.string().describe("On a cluster, the name of its pod."),
  pid: z.int(),
  version: z.string().describe("Of Scoreline."),
  state: z.enum(["alive", "gone"]).describe("`gone`: stopped, or silent for 30 s."),
  since: z.iso.datetime(),
  last_seen: z.iso.datetime(),
  errors: z
    .array(
      z.strictObject({
        at: z.iso.datetime().describe("When it was logged last."),
        message: z.string(),
        detail: z.string().describe("What else its line in the log says, without the stack."),
        count: z.int().describe("How often it was logged."),
      }),
    )
    .describe("At most 5, of the last hour, newest first."),
});

export const processListSchema = listSchema(processSchema);

export type ProcessList = z.infer<typeof processListSchema>;
export type ProcessJson = z.infer<typeof processSchema>;

/** `GET /v1/processes` */
export const listProcesses: Handler<ProcessServices> = async (_c, { processes }) => {
  const seen = (await processes()).toSorted((a, b) => b.at_ms - a.at_ms).slice(0, SHOWN_MAX);
  const data = seen.toSorted(byRole).map(jsonOf);
  return jsonAnswer({ object: "list", data } satisfies ProcessList);
};

/** Those that live first, each role together, oldest first. */
function byRole(a: SeenProcess, b: SeenProcess): number {
  return (
    Number(b.isAlive) - Number(a.isAlive) ||
    processRoles.indexOf(a.role) - processRoles.indexOf(b.role) ||
    a.since_ms - b.since_ms
  );
}

function jsonOf(seen: SeenProcess): ProcessJson {
  const { id, role, host, pid, version, isAlive } = seen;
  return {
    id,
    role,
    host,
    pid,
    version,
    state: isAlive ? "alive" : "gone",
    since: rfc3339(seen.since_ms),
    last_seen: rfc3339(seen.at_ms),
    errors: seen.errors.map(({ at_ms: atMs, ...error }) => ({ at: rfc3339(atMs), ...error })),
  };
}
