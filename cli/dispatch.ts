import { messageOf } from "../shared/message-of.ts";
import { batchCancel } from "./commands/batch-cancel.ts";
import { batchDelete } from "./commands/batch-delete.ts";
import { batchGet } from "./commands/batch-get.ts";
import { batchList } from "./commands/batch-list.ts";
import { batchResults } from "./commands/batch-results.ts";
import { batchRetry } from "./commands/batch-retry.ts";
import { batchSubmit } from "./commands/batch-submit.ts";
import { captureParquet } from "./commands/capture-parquet.ts";
import { deployRender } from "./commands/deploy-render.ts";
import { bench } from "./commands/bench.ts";
import { doctor } from "./commands/doctor.ts";
import { endpointsApply } from "./commands/endpoints-apply.ts";
import { endpointsCompare } from "./commands/endpoints-compare.ts";
import { endpointsDelete } from "./commands/endpoints-delete.ts";
import { endpointsGet } from "./commands/endpoints-get.ts";
import { endpointsList } from "./commands/endpoints-list.ts";
import { endpointsPromote } from "./commands/endpoints-promote.ts";
import { endpointsReplay } from "./commands/endpoints-replay.ts";
import { endpointsRollback } from "./commands/endpoints-rollback.ts";
import { endpointsSetTraffic } from "./commands/endpoints-set-traffic.ts";
import { importAzureml } from "./commands/import-azureml.ts";
import { keysCreate } from "./commands/keys-create.ts";
import { keysList } from "./commands/keys-list.ts";
import { keysRegenerate } from "./commands/keys-regenerate.ts";
import { keysRevoke } from "./commands/keys-revoke.ts";
import { modelsAdd } from "./commands/models-add.ts";
import { modelsArchive } from "./commands/models-archive.ts";
import { modelsCheck } from "./commands/models-check.ts";
import { modelsList } from "./commands/models-list.ts";
import { modelsPull } from "./commands/models-pull.ts";
import { modelsRollback } from "./commands/models-rollback.ts";
import { modelsUse } from "./commands/models-use.ts";
import { rolesDelete } from "./commands/roles-delete.ts";
import { rolesGet } from "./commands/roles-get.ts";
import { rolesList } from "./commands/roles-list.ts";
import { rolesSet } from "./commands/roles-set.ts";
import { score } from "./commands/score.ts";
import { tokensCreate } from "./commands/tokens-create.ts";
import { webhookListen } from "./commands/webhook-listen.ts";
import { webhookVerify } from "./commands/webhook-verify.ts";
import { UsageError, type Arguments, type Command, type Shell } from "./terminal/command.ts";
import { helpOf, overview, usageOf } from "./terminal/help.ts";
import { parseOptions } from "./terminal/options.ts";
import { wrap } from "./terminal/table.ts";

/** In the order of their groups. */
export const COMMANDS: readonly Command[] = [
  modelsAdd,
  modelsCheck,
  modelsList,
  modelsPull,
  modelsUse,
  modelsRollback,
  modelsArchive,
  endpointsList,
  endpointsGet,
  endpointsApply,
  endpointsCompare,
  endpointsSetTraffic,
  endpointsPromote,
  endpointsRollback,
  endpointsReplay,
  endpointsDelete,
  captureParquet,
  score,
  bench,
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
  rolesList,
  rolesGet,
  rolesSet,
  rolesDelete,
  tokensCreate,
  webhookListen,
  webhookVerify,
  deployRender,
  importAzureml,
  doctor,
];

/** A command was typed wrongly. */
const MISUSED = 2;

/**
 * Runs the command that the words begin with.
 *
 * @returns the exit code: 0 done, 1 failed, 2 usage error
 * @throws what a command does
 */
export async function dispatch(words: readonly string[], shell: Shell): Promise<number> {
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

function readArguments(command: Command, words: readonly string[]): Arguments {
  const given = parseOrRefuse(command, words.slice(command.name.split(" ").length));
  const operands = command.usage.replaceAll(/ ?(--?[a-z]+) \S+/g, (_, flag: string) => {
    const name = flag.replace(/^-+/, "");
    if (given.flags[name] === undefined && given.lists[name] === undefined)
      throw misuse(command, `${flag} is missing`);
    return "";
  });
  const names = operands.split(" ").filter(Boolean);
  const least = names.filter((name) => !name.startsWith("[")).length;
  const most = operands.endsWith("...") ? Infinity : names.length;
  const { length } = given.words;
  if (length < least) throw misuse(command, `${names[length]} is missing`);
  if (length > most) throw misuse(command, `"${given.words[most]}" is one argument too many`);
  return given;
}

function parseOrRefuse(command: Command, args: readonly string[]): Arguments {
  try {
    return parseOptions(command.options, args);
  } catch (error) {
    throw misuse(command, messageOf(error));
  }
}

function misuse(command: Command, fault: string): UsageError {
  return new UsageError(`${fault}\n${usageOf(command)}\nhelp:  scoreline ${command.name} --help`);
}

/** @param group the commands whose first word was right */
function unknown(words: readonly string[], group: readonly Command[]): UsageError {
  const some = group.length > 0 ? group : COMMANDS;
  const names = wrap(`there is: ${some.map(({ name }) => name).join(", ")}`);
  return new UsageError(
    `there is no command "${words.slice(0, 2).join(" ").slice(0, 60)}"\n` +
      `${names.join("\n")}\nhelp:     scoreline --help`,
  );
}
