import { Submission } from "../batch/submission.ts";
import { readEndpoint } from "../endpoints/endpoint.ts";
import { Gateway } from "../http/gateway.ts";
import { answerOptions } from "../http/options.ts";
import { followReplay, replaySchema, replaysPath, type Replay } from "../replay/replay.ts";
import { printReplay } from "../replay/print-replay.ts";
import {
  CommandError,
  UsageError,
  type Arguments,
  type Command,
  type Shell,
} from "../terminal/command.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { LiveLine } from "../terminal/live-line.ts";

/** Of a candidate that is surely worse. */
const WORSE = 3;

/** `endpoints replay`: tries a version with what another has scored. */
export const endpointsReplay: Command = {
  name: "endpoints replay",
  usage: "NAME [REPLAY_ID]",
  summary: "Tries a version with the items of a batch, and compares.",
  about: `Items that say what is "expected" are also judged by that. --file makes a batch
for the default variant first, from what batch submit takes. With REPLAY_ID an
earlier replay is shown.

Exit code with --wait: 0 it is over, 3 the candidate is worse, 1 it failed.`,
  options: {
    "--batch BATCH_ID": "a batch that was made with --keep-inputs",
    "--file FILE": "or items that are scored now",
    "--model MODEL@VERSION": "the version to try",
    "--variant NAME": "or a variant or shadow of the endpoint",
    "--wait": "wait for the end, and print the report",
    ...answerOptions,
  },
  examples: [
    "endpoints replay faq --file labelled.ndjson --model faq-javascript@2 --wait",
    "endpoints replay faq --batch bat_01m7z2a26vfw0besdntrqt1pz3 --variant green",
  ],
  run: async (given, shell) => interruptible(async (signal) => replay(given, shell, signal)),
};

async function replay(given: Arguments, shell: Shell, signal: AbortSignal): Promise<number> {
  const gateway = new Gateway(given, shell, signal);
  const [name = "", id] = given.words;
  const found =
    id === undefined
      ? await makeOne(given, shell, gateway)
      : await gateway.json({ path: replaysPath(name, id) }, replaySchema);
  const isWaiting = given.flags["wait"] === true;
  const shown = isWaiting ? await followReplay(found, gateway, new LiveLine(shell.notes)) : found;
  printReplay(shown, given, shell);
  if (!isWaiting) return 0;
  if (shown.status === "failed") throw new CommandError("the replay failed");
  return shown.comparison.verdict === "worse" ? WORSE : 0;
}

async function makeOne(given: Arguments, shell: Shell, gateway: Gateway): Promise<Replay> {
  const { words, flags } = given;
  const { model, variant, file } = flags;
  const [name = ""] = words;
  if ((model === undefined) === (variant === undefined)) {
    throw new UsageError("say what to try: --model or --variant");
  }
  if ((flags["batch"] === undefined) === (file === undefined)) {
    throw new UsageError("say with what to try it: --batch or --file");
  }
  const create = async (batch: unknown): Promise<Replay> => {
    const body = JSON.stringify({ batch, model, variant });
    return gateway.json({ path: replaysPath(name), method: "POST", body }, replaySchema);
  };
  if (typeof file !== "string") return create(flags["batch"]);
  return scored(file, given, shell, { gateway, create });
}

interface Making {
  readonly gateway: Gateway;
  readonly create: (batch: string) => Promise<Replay>;
}

/**
 * A replay of a batch of the file, for the version that the endpoint's default variant is. It is made before the
 * file is sent: a candidate that cannot score it is refused before anything is scored.
 */
async function scored(
  file: string,
  { words, flags: { url } }: Arguments,
  shell: Shell,
  { gateway, create }: Making,
): Promise<Replay> {
  const endpoint = await readEndpoint(gateway, words[0] ?? "");
  const live = endpoint.variants.find(({ name }) => name === endpoint.default);
  const flags = { url, model: live?.model, "keep-inputs": true };
  const given = { words: [file], flags, lists: {} };
  const made: Replay[] = [];
  await new Submission(given, shell, gateway.signal).submit(async ({ id }) => {
    made.push(await create(id));
  });
  const [replay] = made;
  if (replay === undefined) throw new CommandError("no replay was made");
  return gateway.json({ path: replaysPath(replay.endpoint, replay.id) }, replaySchema);
}
