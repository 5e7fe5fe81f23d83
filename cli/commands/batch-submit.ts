import { gatewayOptions } from "../http/options.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { Submission } from "../batch/submission.ts";
import { UsageError, type Arguments, type Command } from "../terminal/command.ts";

/** What a batch is from its beginning. */
const MADE_WITH = ["model", "window", "priority", "max-failed"];

/** `batch submit`: a file or a folder becomes a batch. */
export const batchSubmit: Command = {
  name: "batch submit",
  usage: "FILE|FOLDER|-",
  summary: "Sends a file or a folder of images to be scored in bulk.",
  about: `.ndjson or .jsonl: an item a line, {"input": ..., "custom_id": "yours"}; a first
line {"batch": {...}} may say what options say. .json: a list of items. .csv: a
header, and a record a line. A folder: its .jpg, .png and .webp, also in folders
within, by name; each one's custom_id is its path. -: NDJSON from stdin.

Broken connections are mended. What ends before all is sent, by Ctrl-C or for a
bad line, says the command that goes on from there; a batch that has no item by
then is canceled.

Exit code with --wait or --out: 0 all items have succeeded, 3 not all of them,
1 it came to no end here.`,
  options: {
    "--model NAME": "name, or name@version; not with --resume",
    "--wait": "waits for the batch's end",
    "--out FILE": "for the results in the order of the items, written while they come; waits too",
    "--inputs": `lines and elements are inputs, {"alcohol": 13.2, ...}, not items`,
    "--lenient": "items at fault fail by themselves instead of ending the upload",
    "--param NAME=VALUE ...": "a parameter of the model; repeatable",
    "--max-failed N": "when more items have failed, the rest is canceled",
    "--window TIME":
      "from creation to end, as 90s, 30m, 6h or 2d; what has not ended by then expires",
    "--priority CLASS": "interactive or bulk; default: bulk",
    "--metadata NAME=VALUE ...": "comes back with the batch; repeatable",
    "--resume BATCH_ID": "sends what this batch does not have yet of the same input",
    "--json": "the batch as the gateway shows it",
    ...gatewayOptions,
  },
  examples: [
    "batch submit wines.ndjson --model wine --out scored.ndjson",
    "batch submit photos/ --model shapes --param top_k=1",
    "zcat wines.ndjson.gz | npx scoreline batch submit - --model wine",
    "batch submit w.ndjson --resume bat_01m7z2a26vfw0besdntrqt1pz3",
  ],
  async run(given, shell) {
    if (given.flags["resume"] !== undefined) refuseMembers(given);
    return interruptible(async (signal) => new Submission(given, shell, signal).run());
  },
};

/** @throws {UsageError} for options that say what a batch is that is there already */
function refuseMembers({ flags, lists }: Arguments): void {
  const flag = [...MADE_WITH.filter((name) => flags[name] !== undefined), ...Object.keys(lists)][0];
  if (flag === undefined) return;
  throw new UsageError(`--${flag} and --resume do not go together: the batch exists already`);
}
