import { gatewayOptions } from "../http/options.ts";
import { z } from "zod";
import { Gateway } from "../http/gateway.ts";
import { batchSchema, type Batch } from "../batch/batch.ts";
import { show } from "../terminal/show.ts";
import { table } from "../terminal/table.ts";
import type { Arguments, Command } from "../terminal/command.ts";
import { wholeNumber } from "../terminal/whole-number.ts";

const PAGE = 100;
const pageSchema = z.object({ data: z.array(batchSchema), next_cursor: z.string().nullable() });

/** `batch list`: the newest batches. */
export const batchList: Command = {
  name: "batch list",
  usage: "",
  summary: "Lists your batches, the newest first.",
  options: {
    "--status STATUS":
      "validating, in_progress, canceling, completed, canceled, expired or failed; default: all",
    "--model MODEL": "a name, or name@version",
    "--limit N": { help: "how many at most", default: "20" },
    "--json": "an array of batches as the gateway shows them",
    ...gatewayOptions,
  },
  examples: ["batch list", "batch list --status in_progress --json"],
  async run(given, shell) {
    const batches = await read(given, wholeNumber(given, "limit", 1), new Gateway(given, shell));
    show(batches, table([HEAD, ...batches.map(rowOf)], { whole: WHOLE }), given, shell);
  },
};

const HEAD = ["BATCH", "STATUS", "MODEL", "ITEMS", "FAILED", "CREATED"];

/** All but the model. */
const WHOLE = [0, 1, 3, 4, 5];

function rowOf({ id, status, model, counts, created_at: created }: Batch): readonly string[] {
  const { total, failed } = counts;
  return [id, status, model, String(total), String(failed), created.slice(0, 10)];
}

async function read({ flags }: Arguments, limit: number, gateway: Gateway): Promise<Batch[]> {
  const batches: Batch[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(Math.min(PAGE, limit - batches.length)) });
    for (const name of ["status", "model"]) {
      const value = flags[name];
      if (typeof value === "string") query.set(name, value);
    }
    if (cursor !== null) query.set("cursor", cursor);
    const path = `/v1/batches?${query.toString()}`;
    const page = await gateway.json({ path }, pageSchema);
    batches.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null && batches.length < limit);
  return batches;
}
