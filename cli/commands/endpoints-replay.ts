import { z } from "zod";
import type { Source } from "../batch/sent-item.ts";
import { Submission } from "../batch/submission.ts";
import { readEndpoint } from "../endpoints/endpoint.ts";
import { Gateway } from "../http/gateway.ts";
import { answerOptions } from "../http/options.ts";
import { dayLine, daySource, type Day } from "../replay/captured-day.ts";
import { followReplay, replaySchema, replaysPath, type Replay } from "../replay/replay.ts";
import { replayLines } from "../replay/replay-lines.ts";
import {
  CommandError,
  UsageError,
  type Arguments,
  type Command,
  type Shell,
} from "../terminal/command.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { LiveLine } from "../terminal/live-line.ts";
import { show } from "../terminal/show.ts";

/** Of a candidate that is surely worse. */
const WORSE = 3;

/** `endpoints replay`: tries a version with what another has scored. */
export const endpointsReplay: Command = {
  name: "endpoints replay",
  usage: "NAME [REPLAY_ID]",
  summary: "Tries a version with the items of a batch, and compares.",
  about: `Items that say what is "expected" are also judged by that. --file takes what
batch submit takes, --day what the endpoint has captured, with the labels that
came for it: the default variant scores it, too. With REPLAY_ID an earlier
replay is shown.

Exit code with --wait: 0 it is over, 3 the candidate is worse, 1 it failed.`,
  options: {
    "--batch BATCH_ID": "a batch that was made with --keep-inputs",
    "--file FILE": "or items that are scored now",
    "--day DAY": "or a day that was captured, in UTC, such as 2026-11-29",
    "--folder FOLDER": "where it was captured, as NDJSON or Parquet; else CAPTURE_FOLDER says it",
    "--of VARIANT": "only what this variant answered, which then scores it again",
    "--model MODEL@VERSION": "the version to try",
    "--variant NAME": "or a variant or shadow of the endpoint",
    "--wait": "wait for the end, and print the report",
    ...answerOptions,
  },
  examples: [
    "endpoints replay faq --file labelled.ndjson --model faq-javascript@2 --wait",
    "endpoints replay faq --day 2026-11-29 --folder captured --variant green --wait",
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
  show(shown, replayLines(shown, given), given, shell);
  if (!isWaiting) return 0;
  if (shown.status === "failed") throw new CommandError("the replay failed");
  return shown.comparison.verdict === "worse" ? WORSE : 0;
}

async function makeOne(given: Arguments, shell: Shell, gateway: Gateway): Promise<Replay> {
  const { words, flags } = given;
  const { model, variant, batch, file, day, of } = flags;
  const [name = ""] = words;
  if ((model === undefined) === (variant === undefined)) {
    throw new UsageError("say what to try: --model or --variant");
  }
  if ([batch, file, day].filter((it) => it !== undefined).length !== 1) {
    throw new UsageError("say with what to try it: --batch, --file or --day");
  }
  if (of !== undefined && day === undefined) throw new UsageError("--of goes with --day");
  const create = async (id: unknown): Promise<Replay> => {
    const body = JSON.stringify({ batch: id, model, variant });
    return gateway.json({ path: replaysPath(name), method: "POST", body }, replaySchema);
  };
  if (typeof batch === "string") return create(batch);
  if (typeof file === "string") return scored({ file }, given, shell, { gateway, create });
  const counts = { jobs: 0, items: 0, labeled: 0, redacted: 0, withoutInput: 0, unreadable: 0 };
  const source = await daySource(dayOf(given, shell), counts);
  const begun = await scored({ source }, given, shell, { gateway, create });
  shell.notes.write(`${dayLine(counts)}\n`);
  return begun;
}

/** @throws {UsageError} */
function dayOf({ words, flags }: Arguments, { environment }: Shell): Day {
  const { of, day } = flags;
  const folder = flags["folder"] ?? environment["CAPTURE_FOLDER"];
  if (typeof folder !== "string" || folder === "") {
    throw new UsageError("say where it was captured: --folder, or CAPTURE_FOLDER");
  }
  if (typeof day !== "string" || !z.iso.date().safeParse(day).success) {
    throw new UsageError("--day is not a day such as 2026-11-29");
  }
  const variant = typeof of === "string" ? of : undefined;
  return { folder, endpoint: words[0] ?? "", variant, day };
}

interface Making {
  readonly gateway: Gateway;
  readonly create: (batch: string) => Promise<Replay>;
}

/**
 * A replay of a batch of the items, for the version of a variant. It is made before anything is sent: a candidate
 * that cannot score them is refused before anything is scored.
 */
async function scored(
  { file = "", source }: { readonly file?: string; readonly source?: Source },
  { words, flags: { url, of } }: Arguments,
  shell: Shell,
  { gateway, create }: Making,
): Promise<Replay> {
  const endpoint = await readEndpoint(gateway, words[0] ?? "");
  const wanted = of ?? endpoint.default;
  const live = endpoint.variants.find(({ name }) => name === wanted);
  if (live === undefined)
    throw new CommandError(`${endpoint.name} has no variant ${String(wanted)}`);
  const flags = { url, model: live.model, "keep-inputs": true };
  const given = { words: [file], flags, lists: {} };
  const made: Replay[] = [];
  await new Submission(given, shell, gateway.signal).submit({
    ...(source === undefined ? {} : { source }),
    onMade: async ({ id }) => {
      made.push(await create(id));
    },
  });
  const [begun] = made;
  if (begun === undefined) throw new CommandError("no replay was made");
  return gateway.json({ path: replaysPath(begun.endpoint, begun.id) }, replaySchema);
}
