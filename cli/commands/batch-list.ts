import { z } from "zod";
import { BatchCalls, batchSchema, type Batch } from "../batch/calls.ts";
import { GATEWAY_HELP } from "../http/call.ts";
import { table } from "../terminal/table.ts";
import { batchOptions } from "../batch/print-batch.ts";
import { UsageError, type Arguments, type Command } from "../terminal/command.ts";

const LIMIT = 20;
const PAGE = 100;
const pageSchema = z.object({ data: z.array(batchSchema), next_cursor: z.string().nullable() });

/** `batch list`: the newest batches. */
export const batchList: Command = {
  name: "batch list",
  usage: "[--status S] [--model M] [--limit N] [--json]",
  summary: "Lists your batches, the newest first.",
  help: `Options:
  --status     validating, in_progress, canceling, completed, canceled, expired
               or failed; all if not said
  --model      a name, or name@version
  --limit      how many at most; ${LIMIT} if not said
  --json       an array of batches as the gateway shows them
${GATEWAY_HELP}

Examples:
  npx scoreline batch list
  npx scoreline batch list --status in_progress --json`,
  options: {
    ...batchOptions,
    status: { type: "string" },
    model: { type: "string" },
    limit: { type: "string" },
  },
  words: [0, 0],
  async run(given, shell) {
    const batches = await read(given, limitOf(given), new BatchCalls(given, shell));
    if (given.flags["json"] === true) shell.print(JSON.stringify(batches, null, 2));
    else
      for (const line of table([HEAD, ...batches.map(rowOf)], { whole: WHOLE })) shell.print(line);
    return 0;
  },
};

const HEAD = ["BATCH", "STATUS", "MODEL", "ITEMS", "FAILED", "CREATED"];

/** All but the model. */
const WHOLE = [0, 1, 3, 4, 5];

function rowOf({ id, status, model, counts, created_at: created }: Batch): readonly string[] {
  const { total, failed } = counts;
  return [id, status, model, String(total), String(failed), created.slice(0, 10)];
}

function limitOf({ flags }: Arguments): number {
  const { limit } = flags;
  if (limit === undefined) return LIMIT;
  if (/^[1-9]\d{0,6}$/.test(String(limit))) return Number(limit);
  throw new UsageError(`--limit ${String(limit)} is no number from 1 on`);
}

async function read({ flags }: Arguments, limit: number, calls: BatchCalls): Promise<Batch[]> {
  const batches: Batch[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(Math.min(PAGE, limit - batches.length)) });
    for (const name of ["status", "model"]) {
      const value = flags[name];
      if (typeof value === "string") query.set(name, value);
    }
    if (cursor !== null) query.set("cursor", cursor);
    const page = pageSchema.parse(
      await calls.json({ path: `?${query.toString()}`, method: "GET" }),
    );
    batches.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null && batches.length < limit);
  return batches;
}
