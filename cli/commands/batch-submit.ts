import { GATEWAY_HELP } from "../http/call.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { Submission } from "../batch/submission.ts";
import { batchOptions } from "../batch/print-batch.ts";
import { UsageError, type Arguments, type Command } from "../terminal/command.ts";

/** What a batch is from its beginning. */
const MADE_WITH = ["model", "window", "priority", "max-failed"];

/** `batch submit`: a file or a folder becomes a batch. */
export const batchSubmit: Command = {
  name: "batch submit",
  usage: "FILE|FOLDER|- --model M [--wait] [--out FILE] ...",
  summary: "Sends a file or a folder of images to be scored in bulk.",
  help: `.ndjson or .jsonl: an item a line, {"input": ..., "custom_id": "yours"}; a first
line {"batch": {...}} may say what options say. .json: a list of items. .csv: a
header, and a record a line. A folder: its .jpg, .png and .webp, also in folders
within, by name; each one's custom_id is its path. -: NDJSON from stdin.

Broken connections are mended. What ends before all is sent, by Ctrl-C or for a
bad line, says the command that goes on from there; a batch that has no item by
then is canceled.

Options:
  --model      name, or name@version
  --wait       waits for the batch's end
  --out        a file for the results in the order of the items, written while
               they come; waits too
  --inputs     lines and elements are inputs, {"alcohol": 13.2, ...}, not items
  --lenient    items at fault fail by themselves instead of ending the upload
  --param      name=value, may be said several times: a parameter of the model
  --max-failed when more items have failed, the rest is canceled
  --window     from creation to end, as 90s, 30m, 6h or 2d; what has not ended
               by then expires
  --priority   interactive; bulk if not said
  --metadata   name=value, may be said several times: comes back with the batch
  --resume     a batch's id: sends what it does not have yet of the same input
  --json       the batch as the gateway shows it
${GATEWAY_HELP}

Exit code with --wait or --out: 0 all items have succeeded, 3 not all of them,
1 it came to no end here.

Examples:
  npx scoreline batch submit wines.ndjson --model wine --out scored.ndjson
  npx scoreline batch submit photos/ --model shapes --param top_k=1
  zcat wines.ndjson.gz | npx scoreline batch submit - --model wine
  npx scoreline batch submit w.ndjson --resume bat_01m7z2a26vfw0besdntrqt1pz3`,
  options: {
    ...batchOptions,
    model: { type: "string" },
    wait: { type: "boolean" },
    out: { type: "string" },
    inputs: { type: "boolean" },
    lenient: { type: "boolean" },
    param: { type: "string", multiple: true },
    "max-failed": { type: "string" },
    window: { type: "string" },
    priority: { type: "string" },
    metadata: { type: "string", multiple: true },
    resume: { type: "string" },
  },
  words: [1, 1],
  async run(given, shell) {
    if (given.flags["resume"] !== undefined) refuseMembers(given);
    return interruptible(async (signal) => new Submission(given, shell, signal).run());
  },
};

/** @throws {UsageError} for options that say what a batch is that is there already */
function refuseMembers({ flags, lists }: Arguments): void {
  const flag = [...MADE_WITH.filter((name) => flags[name] !== undefined), ...Object.keys(lists)][0];
  if (flag === undefined) return;
  throw new UsageError(`--${flag} and --resume do not go together: the batch is made already`);
}
