import { BatchCalls } from "../batch/calls.ts";
import { GATEWAY_HELP } from "../http/call.ts";
import { batchOptions, printBatch } from "../batch/print-batch.ts";
import type { Command } from "../terminal/command.ts";

/** `batch cancel`: ends a batch early. */
export const batchCancel: Command = {
  name: "batch cancel",
  usage: "BATCH_ID [--url URL] [--json]",
  summary: "Ends a batch; results that are there stay.",
  help: `Items that have not ended are canceled. So is a batch whose upload was never
finished. Batch retry queues them again.

Options:
  --json       the batch as the gateway shows it
${GATEWAY_HELP}

Examples:
  npx scoreline batch cancel bat_01m7z2a26vfw0besdntrqt1pz3`,
  options: batchOptions,
  words: [1, 1],
  async run(given, shell) {
    const path = `/${encodeURIComponent(given.words[0] ?? "")}/cancel`;
    const batch = await new BatchCalls(given, shell).batch({ path, method: "POST" });
    printBatch(batch, given, shell);
    return 0;
  },
};
