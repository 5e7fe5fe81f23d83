import { gatewayOptions } from "../http/options.ts";
import { Gateway } from "../http/gateway.ts";
import { batchPath, batchSchema, isOver, type Batch } from "../batch/batch.ts";
import { follow } from "../batch/follow.ts";
import { LineSink } from "../batch/line-sink.ts";
import { formOf } from "../batch/result-pages.ts";
import { ResultsReader, type ResultsWanted } from "../batch/results.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { LiveLine } from "../terminal/live-line.ts";
import { exitCodeOf } from "../batch/print-batch.ts";
import { UsageError, type Arguments, type Command, type Shell } from "../terminal/command.ts";

/** `batch results`: a line for each item that has ended. */
export const batchResults: Command = {
  name: "batch results",
  usage: "BATCH_ID",
  summary: "Prints the results of a batch, also while it runs.",
  about: `One line of JSON per ended item: {"index", "custom_id", "status", "output" or
"error", "metrics"}. In index order they stop at the first item that has not
ended.`,
  options: {
    "--status STATUS": "succeeded, failed, canceled or expired; default: all",
    "--order ORDER": { help: "index, or completion: in the order they ended", default: "index" },
    "--out FILE": "write to this file instead of stdout; a .csv is a table",
    "--follow": "continue until the batch ends; the exit code is 3 if some items did not succeed",
    "--json": "one array instead of lines",
    ...gatewayOptions,
  },
  examples: [
    "batch results bat_01m7z2a26vfw0besdntrqt1pz3 --out all.ndjson",
    "batch results bat_01m7z2a26vfw0besdntrqt1pz3 --status failed",
    "batch results bat_01m7z2a26vfw0besdntrqt1pz3 --follow --order completion",
  ],
  async run(given, shell): Promise<number> {
    return interruptible(async (signal) => copyResults(given, shell, signal));
  },
};

async function copyResults(given: Arguments, shell: Shell, signal: AbortSignal): Promise<number> {
  const { flags } = given;
  const gateway = new Gateway(given, shell, signal);
  const [id = ""] = given.words;
  // Before a file is made: there may be no such batch.
  const batch = await gateway.json({ path: batchPath(id) }, batchSchema);
  const sink = await sinkOf(given, shell);
  const results = new ResultsReader(wantedOf(id, given), { gateway, sink });
  await results.probe();
  await sink.begin();
  if (flags["follow"] !== true) {
    await results.copy();
    await sink.close();
    if (!results.isAtEnd && !sink.isLeft) shell.notes.write(soFar(batch, results.count));
    return 0;
  }
  // Lines of results and a line that is drawn over itself do not go together.
  const isShared = shell.output.isTTY && flags["out"] === undefined;
  const line = isShared ? undefined : new LiveLine(shell.notes);
  const last = await follow(id, { gateway, line, results });
  await sink.close();
  return sink.isLeft ? 0 : exitCodeOf(last);
}

async function sinkOf({ flags }: Arguments, { output }: Shell): Promise<LineSink> {
  const { out, json } = flags;
  if (json === true && formOf(out) === "csv") {
    throw new UsageError("--json and a .csv do not go together: one is a list, the other a table");
  }
  const form = json === true ? "list" : "lines";
  return typeof out === "string" ? LineSink.toFile(out, form) : LineSink.to(output, form);
}

function wantedOf(id: string, { flags: { order, status, out } }: Arguments): ResultsWanted {
  return {
    id,
    order: String(order),
    status: status === undefined ? undefined : String(status),
    form: formOf(out),
  };
}

function soFar(batch: Batch, count: number): string {
  const what = isOver(batch) ? "ended meanwhile" : batch.status.replaceAll("_", " ");
  return `${count} results so far: the batch is ${what}. --follow goes on to its end.\n`;
}
