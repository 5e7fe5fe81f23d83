import { answerOptions } from "../http/options.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { Submission } from "../batch/submission.ts";
import { UsageError, type Arguments, type Command } from "../terminal/command.ts";

/** What a batch is from its beginning. */
const MADE_WITH = ["model", "window", "priority", "max-failed", "keep-inputs"];

/** `batch submit`: a file or a folder becomes a batch. */
export const batchSubmit: Command = {
  name: "batch submit",
  usage: "FILE|FOLDER|-",
  summary: "Sends a file or a folder of images to be scored in bulk.",
  about: `.ndjson or .jsonl: one item per line, {"input": ..., "custom_id": "yours"}; a
first line {"batch": {...}} may set what the options set. .json: a list of
items. .csv: a header, then one record per line. A folder: its .jpg, .png and
.webp, including subfolders, by name; the custom_id is the path. -: NDJSON from
stdin.

Broken connections are retried. If it ends before everything is sent, by Ctrl-C
or at a bad line, it prints the command that resumes; a batch without any items
is canceled.

Exit code with --wait or --out: 0 all items succeeded, 3 some did not, 1 it was
not followed to its end.`,
  options: {
    "--model NAME": "name, or name@version; not with --resume",
    "--wait": "wait for the batch to end",
    "--out FILE":
      "write results there in item order, as they arrive; a .csv is a table; implies --wait",
    "--inputs": `lines and elements are bare inputs, {"alcohol": 13.2, ...}, not items`,
    "--lenient": "an invalid item fails alone instead of ending the upload",
    "--param NAME=VALUE ...": "a parameter of the model; repeatable",
    "--max-failed N": "if more items fail, the rest are canceled",
    "--window TIME":
      "from creation to end: 90s, 30m, 6h, 2d; items that have not ended by then expire",
    "--priority CLASS": "interactive or bulk; default: bulk",
    "--keep-inputs": "keep the inputs as long as the batch: endpoints replay needs them",
    "--metadata NAME=VALUE ...": "returned with the batch; repeatable",
    "--resume BATCH_ID": "send the items of the same input that this batch does not have yet",
    ...answerOptions,
  },
  examples: [
    "batch submit wines.ndjson --model wine --out scored.ndjson",
    "batch submit photos/ --model shapes --param top_k=1",
    "zcat wines.ndjson.gz | npx scoreline batch submit - --model wine",
    "batch submit w.ndjson --resume bat_01m7z2a26vfw0besdntrqt1pz3",
  ],
  async run(given, shell): Promise<number> {
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
