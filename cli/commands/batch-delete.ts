import { BatchCalls } from "../batch/calls.ts";
import { GATEWAY_HELP } from "../http/call.ts";
import { batchOptions } from "../batch/print-batch.ts";
import type { Command } from "../terminal/command.ts";

/** `batch delete`: erases an ended batch. */
export const batchDelete: Command = {
  name: "batch delete",
  usage: "BATCH_ID [--url URL] [--json]",
  summary: "Erases an ended batch: its items, its results, its record.",
  help: `One that has not ended is canceled first: npx scoreline batch cancel BATCH_ID

Options:
  --json       {"id": ..., "deleted": true}
${GATEWAY_HELP}

Examples:
  npx scoreline batch delete bat_01m7z2a26vfw0besdntrqt1pz3`,
  options: batchOptions,
  words: [1, 1],
  async run(given, shell) {
    const id = given.words[0] ?? "";
    const path = `/${encodeURIComponent(id)}`;
    await new BatchCalls(given, shell).send({ path, method: "DELETE" });
    shell.print(
      given.flags["json"] === true ? JSON.stringify({ id, deleted: true }) : `${id} is erased`,
    );
    return 0;
  },
};
