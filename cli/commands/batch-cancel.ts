import { Gateway } from "../http/gateway.ts";
import { answerOptions } from "../http/options.ts";
import { batchPath, batchSchema } from "../batch/batch.ts";
import { printBatch } from "../batch/print-batch.ts";
import type { Command } from "../terminal/command.ts";

/** `batch cancel`: ends a batch early. */
export const batchCancel: Command = {
  name: "batch cancel",
  usage: "BATCH_ID",
  summary: "Ends a batch; results that are there stay.",
  about: `Cancels the items that have not ended, also of a batch whose upload was never
finished. batch retry queues them again.`,
  options: answerOptions,
  examples: ["batch cancel bat_01m7z2a26vfw0besdntrqt1pz3"],
  async run(given, shell) {
    const request = { path: batchPath(given.words[0] ?? "", "/cancel"), method: "POST" };
    printBatch(await new Gateway(given, shell).json(request, batchSchema), given, shell);
  },
};
