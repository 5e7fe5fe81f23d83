import { gatewayOptions } from "../http/options.ts";
import { BatchCalls } from "../batch/calls.ts";
import { printBatch } from "../batch/print-batch.ts";
import type { Command } from "../terminal/command.ts";

/** `batch cancel`: ends a batch early. */
export const batchCancel: Command = {
  name: "batch cancel",
  usage: "BATCH_ID",
  summary: "Ends a batch; results that are there stay.",
  about: `Cancels the items that have not ended, also of a batch whose upload was never
finished. batch retry queues them again.`,
  options: {
    "--json": "the gateway's answer as it is",
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
