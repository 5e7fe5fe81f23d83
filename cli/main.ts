import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ConfigError } from "../shared/config.ts";
import { ScoringError } from "../shared/error.ts";
import { errorText, withoutSecrets } from "../shared/loggable.ts";
import { RegistryError } from "../shared/model/registry.ts";
import { StartError } from "./start/start-error.ts";
import {
  CommandError,
  UsageError,
  type Arguments,
  type Command,
  type Shell,
} from "./terminal/command.ts";
import { isReaderGone } from "./batch/line-sink.ts";
import { wrap } from "./terminal/table.ts";
import { batchCancel } from "./commands/batch-cancel.ts";
import { batchDelete } from "./commands/batch-delete.ts";
import { batchGet } from "./commands/batch-get.ts";
import { batchList } from "./commands/batch-list.ts";
import { batchResults } from "./commands/batch-results.ts";
import { batchRetry } from "./commands/batch-retry.ts";
import { batchSubmit } from "./commands/batch-submit.ts";
import { deployRender } from "./commands/deploy-render.ts";
import { doctor } from "./commands/doctor.ts";
import { modelsAdd } from "./commands/models-add.ts";
import { modelsCheck } from "./commands/models-check.ts";
import { keysCreate } from "./commands/keys-create.ts";
import { keysList } from "./commands/keys-list.ts";
import { keysRegenerate } from "./commands/keys-regenerate.ts";
import { keysRevoke } from "./commands/keys-revoke.ts";
import { modelsList } from "./commands/models-list.ts";
import { modelsPull } from "./commands/models-pull.ts";
import { score } from "./commands/score.ts";
import { webhookListen } from "./commands/webhook-listen.ts";
import { webhookVerify } from "./commands/webhook-verify.ts";
import { messageOf } from "../shared/message-of.ts";

const COMMANDS: readonly Command[] = [
  modelsAdd,
  modelsCheck,
  modelsList,
  modelsPull,
  score,
  batchSubmit,
  batchGet,
  batchList,
  batchResults,
  batchRetry,
  batchCancel,
  batchDelete,
  keysCreate,
  keysList,
  keysRegenerate,
  keysRevoke,
  webhookListen,
  webhookVerify,
  deployRender,
  doctor,
];

const FAILED = 1;
const LINE = 80;
const MISUSED = 2;

/** Errors whose message is all a person needs. */
const EXPLAINED = [CommandError, ConfigError, RegistryError, ScoringError, StartError];

// Said by whoever writes.
process.stdout.on("error", () => undefined);
let isUnwritten = false;
const exitCode = await main(process.argv.slice(2), {
  root: resolve(import.meta.dirname, ".."),
  environment: process.env,
  print: (line) => void process.stdout.write(`${line}\n`, onPrinted),
  output: process.stdout,
  input: process.stdin,
  notes: process.stderr,
});
if (!isUnwritten) process.exitCode = exitCode;

/** `scoreline models list | head` may stop reading; a disk that is full must not go unseen. */
function onPrinted(error: Error | null | undefined): void {
  if (!error || isReaderGone(error) || isUnwritten) return;
  isUnwritten = true;
  process.exitCode = FAILED;
  process.stderr.write(`scoreline: cannot write stdout: ${error.message}\n`);
}

/** @returns the exit code: 0 done, 1 failed, 2 the words make no command */
async function main(words: readonly string[], shell: Shell): Promise<number> {
  try {
    return await dispatch(words, shell);
  } catch (error) {
    if (error instanceof UsageError) {
      shell.notes.write(`scoreline: ${error.message}\n`);
      return MISUSED;
    }
    if (!(error instanceof Error)) throw error;
    const isExplained = EXPLAINED.some((kind) => error instanceof kind);
    const text = isExplained ? withoutSecrets(error.message) : errorText(error);
    shell.notes.write(`scoreline: ${text}\n`);
    return FAILED;
  }
}

async function dispatch(words: readonly string[], shell: Shell): Promise<number> {
  const command = COMMANDS.find(({ name }) => startsWith(words, name.split(" ")));
  const isHelp = words.includes("--help") || words.includes("-h");
  if (command === undefined) {
    const group = COMMANDS.filter(({ name }) => name.startsWith(`${words[0]} `));
    if (words.length > (group.length > 0 ? 1 : 0) && !isHelp) throw unknown(words, group);
    shell.print(overview(group.length > 0 ? group : COMMANDS));
    return isHelp ? 0 : MISUSED;
  }
  if (isHelp) {
    shell.print(helpOf(command));
    return 0;
  }
  return command.run(readArguments(command, words), shell);
}

function startsWith(words: readonly string[], name: readonly string[]): boolean {
  return name.every((word, i) => words[i] === word);
}

function readArguments(command: Command, words: readonly string[]) {
  const { name, options } = command;
  const [least, most] = command.words;
  const given = parseOrRefuse(command, words.slice(name.split(" ").length), options);
  const count = given.words.length;
  if (count >= least && count <= most) return given;
  const fault = count < least ? "something is missing" : `"${given.words[most]}" is too much`;
  throw misuse(command, fault);
}

function parseOrRefuse(
  command: Command,
  args: readonly string[],
  options: Command["options"],
): Arguments {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const flags: Record<string, string | boolean | undefined> = {};
    const lists: Record<string, readonly string[]> = {};
    for (const [flag, value] of Object.entries(values)) {
      if (Array.isArray(value)) lists[flag] = value.map(String);
      else flags[flag] = value;
    }
    return { words: positionals, flags, lists };
  } catch (error) {
    throw misuse(command, messageOf(error));
  }
}

function misuse({ name, usage }: Command, fault: string): UsageError {
  const lines = [fault, `usage: scoreline ${name} ${usage}`, `help:  scoreline ${name} --help`];
  return new UsageError(lines.join("\n"));
}

/** @param group the commands whose first word was right */
function unknown(words: readonly string[], group: readonly Command[]): UsageError {
  const [first, rest] = [COMMANDS, group].map((some) => some.map(({ name }) => name).join(", "));
  return new UsageError(
    `there is no command "${words.slice(0, 2).join(" ").slice(0, 60)}"\n` +
      `${group.length > 0 ? `there is: ${rest}` : wrap(`there is: ${first}`, LINE).join("\n")}\n` +
      "help:     scoreline --help",
  );
}

function overview(commands: readonly Command[]): string {
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(15)} ${summary}`);
  return `Scoreline: scores with ONNX models behind a durable queue.

usage: scoreline COMMAND [ARGUMENTS] [--json] [--help]

${lines.join("\n")}

Examples:
  npx scoreline models add iris.onnx --name iris
  npx scoreline models pull resnet152
  npx scoreline score photo.jpg --model image-classification
  npx scoreline batch submit wines.ndjson --model wine --wait
  npx scoreline keys create "web shop" --tenant shop
  npx scoreline doctor

Help of one command: scoreline COMMAND --help
To start everything: npm start
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a batch with items that did not
succeed.`;
}

function helpOf({ name, usage, summary, help }: Command): string {
  return `${summary}\n\nusage: scoreline ${name} ${usage}\n\n${help}`;
}
