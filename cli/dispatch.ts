import { messageOf } from "../shared/message-of.ts";
import { COMMAND_NAMES, commandOf, commandsOf } from "./commands.ts";
import { UsageError, type Arguments, type Command, type Shell } from "./terminal/command.ts";
import { helpOf, overview, usageOf } from "./terminal/help.ts";
import { parseOptions } from "./terminal/options.ts";
import { wrap } from "./terminal/table.ts";

/** A command was typed wrongly. */
const MISUSED = 2;

/**
 * Runs the command that the words begin with.
 *
 * @returns the exit code: 0 done, 1 failed, 2 usage error
 * @throws what a command does
 */
export async function dispatch(words: readonly string[], shell: Shell): Promise<number> {
  const found = COMMAND_NAMES.find((name) => startsWith(words, name.split(" ")));
  const isHelp = words.includes("--help") || words.includes("-h");
  if (found === undefined) {
    const group = COMMAND_NAMES.filter((name) => name.startsWith(`${words[0]} `));
    if (words.length > (group.length > 0 ? 1 : 0) && !isHelp) throw unknown(words, group);
    shell.print(overview(await commandsOf(group.length > 0 ? group : COMMAND_NAMES)));
    return isHelp ? 0 : MISUSED;
  }
  const command = await commandOf(found);
  if (isHelp) {
    shell.print(helpOf(command));
    return 0;
  }
  return (await command.run(readArguments(command, words), shell)) ?? 0;
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
function unknown(words: readonly string[], group: readonly string[]): UsageError {
  const names = wrap(`there is: ${(group.length > 0 ? group : COMMAND_NAMES).join(", ")}`);
  return new UsageError(
    `there is no command "${words.slice(0, 2).join(" ").slice(0, 60)}"\n` +
      `${names.join("\n")}\nhelp:     scoreline --help`,
  );
}
