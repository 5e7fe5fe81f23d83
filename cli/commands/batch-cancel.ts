import { gatewayOptions } from "../http/options.ts";
import { BatchCalls } from "../batch/calls.ts";
import { printBatch } from "../batch/print-batch.ts";
import type { Command } from "../terminal/command.ts";

/** `batch cancel`: ends a batch early. */
export const batchCancel: Command = {
  name: "batch cancel",
  usage: "BATCH_ID",
  summary: "Ends a batch; results that are there stay.",
  about: `Items that have not ended are canceled. So is a batch whose upload was never
finished. Batch retry queues them again.`,
  options: {
    "--json": "the batch as the gateway shows it",
    ...gatewayOptions,
  },
  examples: ["batch cancel bat_01m7z2a26vfw0besdntrqt1pz3"],
  async run(given, shell) {
    const path = `/${encodeURIComponent(given.words[0] ?? "")}/cancel`;
    const batch = await new BatchCalls(given, shell).batch({ path, method: "POST" });
    printBatch(batch, given, shell);
    return 0;
  },
};
