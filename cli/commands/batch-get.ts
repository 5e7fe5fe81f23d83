import { gatewayOptions } from "../http/options.ts";
import { BatchCalls } from "../batch/calls.ts";
import { printBatch } from "../batch/print-batch.ts";
import type { Command } from "../terminal/command.ts";

/** `batch get`: one batch as it is now. */
export const batchGet: Command = {
  name: "batch get",
  usage: "BATCH_ID",
  summary: "Shows a batch: its state, its counts, what to do next.",
  options: {
    "--json": "the gateway's answer as it is",
    ...gatewayOptions,
  },
  examples: [
    "batch get bat_01m7z2a26vfw0besdntrqt1pz3",
    "batch get bat_01m7z2a26vfw0besdntrqt1pz3 --json",
  ],
  async run(given, shell) {
    const path = `/${encodeURIComponent(given.words[0] ?? "")}`;
    const batch = await new BatchCalls(given, shell).batch({ path, method: "GET" });
    printBatch(batch, given, shell);
    return 0;
  },
};
