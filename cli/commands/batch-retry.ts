import { gatewayOptions } from "../http/options.ts";
import { BatchCalls, type Batch } from "../batch/calls.ts";
import { follow } from "../batch/follow.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { LiveLine } from "../terminal/live-line.ts";
import { exitCodeOf, printBatch } from "../batch/print-batch.ts";
import type { Command, Shell } from "../terminal/command.ts";

/** `batch retry`: what did not succeed runs again. */
export const batchRetry: Command = {
  name: "batch retry",
  usage: "BATCH_ID",
  summary: "Runs what did not succeed of an ended batch again.",
  about: "Results of items that succeeded stay as they are.",
  options: {
    "--wait": "wait for it to end; the exit code is 3 if some items did not succeed",
    "--json": "the gateway's answer as it is",
    ...gatewayOptions,
  },
  examples: ["batch retry bat_01m7z2a26vfw0besdntrqt1pz3 --wait"],
  async run(given, shell) {
    const id = encodeURIComponent(given.words[0] ?? "");
    const calls = new BatchCalls(given, shell);
    const batch = await calls.batch({ path: `/${id}/retry`, method: "POST" });
    const isWaiting = given.flags["wait"] === true;
    const shown = isWaiting ? await waitFor(batch, calls, shell) : batch;
    printBatch(shown, given, shell);
    return isWaiting ? exitCodeOf(shown) : 0;
  },
};

async function waitFor({ id }: Batch, calls: BatchCalls, shell: Shell): Promise<Batch> {
  const line = new LiveLine(shell.notes);
  try {
    return await interruptible(async (signal) => follow(id, { calls, line, signal }));
  } finally {
    line.clear();
  }
}
