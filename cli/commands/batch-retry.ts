import { answerOptions } from "../http/options.ts";
import { Gateway } from "../http/gateway.ts";
import { batchPath, batchSchema } from "../batch/batch.ts";
import { follow } from "../batch/follow.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { LiveLine } from "../terminal/live-line.ts";
import { exitCodeOf, printBatch } from "../batch/print-batch.ts";
import type { Command } from "../terminal/command.ts";

/** `batch retry`: what did not succeed runs again. */
export const batchRetry: Command = {
  name: "batch retry",
  usage: "BATCH_ID",
  summary: "Runs what did not succeed of an ended batch again.",
  about: "Results of items that succeeded stay as they are.",
  options: {
    "--wait": "wait for it to end; the exit code is 3 if some items did not succeed",
    ...answerOptions,
  },
  examples: ["batch retry bat_01m7z2a26vfw0besdntrqt1pz3 --wait"],
  async run(given, shell): Promise<number> {
    const request = { path: batchPath(given.words[0] ?? "", "/retry"), method: "POST" };
    const batch = await new Gateway(given, shell).json(request, batchSchema);
    if (given.flags["wait"] !== true) {
      printBatch(batch, given, shell);
      return 0;
    }
    const line = new LiveLine(shell.notes);
    const last = await interruptible(async (signal) =>
      follow(batch.id, { gateway: new Gateway(given, shell, signal), line }),
    );
    printBatch(last, given, shell);
    return exitCodeOf(last);
  },
};
