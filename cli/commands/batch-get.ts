import { BatchCalls } from "../batch/calls.ts";
import { GATEWAY_HELP } from "../http/call.ts";
import { batchOptions, printBatch } from "../batch/print-batch.ts";
import type { Command } from "../terminal/command.ts";

/** `batch get`: one batch as it is now. */
export const batchGet: Command = {
  name: "batch get",
  usage: "BATCH_ID [--url URL] [--json]",
  summary: "Shows a batch: its state, its counts, what to do next.",
  help: `Options:
  --json       the batch as the gateway shows it
${GATEWAY_HELP}

Examples:
  npx scoreline batch get bat_01m7z2a26vfw0besdntrqt1pz3
  npx scoreline batch get bat_01m7z2a26vfw0besdntrqt1pz3 --json`,
  options: batchOptions,
  words: [1, 1],
  async run(given, shell) {
    const path = `/${encodeURIComponent(given.words[0] ?? "")}`;
    const batch = await new BatchCalls(given, shell).batch({ path, method: "GET" });
    printBatch(batch, given, shell);
    return 0;
  },
};
