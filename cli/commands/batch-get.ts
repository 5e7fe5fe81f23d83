import { Gateway } from "../http/gateway.ts";
import { answerOptions } from "../http/options.ts";
import { batchPath, batchSchema } from "../batch/batch.ts";
import { printBatch } from "../batch/print-batch.ts";
import type { Command } from "../terminal/command.ts";

/** `batch get`: one batch as it is now. */
export const batchGet: Command = {
  name: "batch get",
  usage: "BATCH_ID",
  summary: "Shows a batch: its state, its counts, what to do next.",
  options: answerOptions,
  examples: [
    "batch get bat_01m7z2a26vfw0besdntrqt1pz3",
    "batch get bat_01m7z2a26vfw0besdntrqt1pz3 --json",
  ],
  async run(given, shell) {
    const request = { path: batchPath(given.words[0] ?? "") };
    printBatch(await new Gateway(given, shell).json(request, batchSchema), given, shell);
  },
};
