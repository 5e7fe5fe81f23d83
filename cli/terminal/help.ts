import type { Command } from "./command.ts";
import { optionLines } from "./options.ts";
import { LINE, wrap } from "./table.ts";

/** What there is to know of a command, made of its options. */
export function helpOf(command: Command): string {
  const { summary, about, options, examples } = command;
  return [
    summary,
    usageOf(command),
    ...(about === undefined ? [] : [about]),
    ["Options:", ...optionLines(options)].join("\n"),
    ["Examples:", ...examples.map(exampleText)].join("\n"),
  ].join("\n\n");
}

/** `usage: scoreline score FILE|TEXT --model NAME [OPTIONS]` */
export function usageOf({ name, usage }: Command): string {
  const words = ["usage: scoreline", name, usage, "[OPTIONS]"].filter(Boolean);
  return wrap(words.join(" "), LINE - 7).join("\n       ");
}

/** As it is typed; a long line goes on in the next, at an option. */
function exampleText(example: string): string {
  const line = example.includes("npx ") ? example : `npx scoreline ${example}`;
  const [head = "", ...rest] = line.split(/ (?=--)/);
  const lines = [`  ${head}`];
  for (const part of rest) {
    const longer = `${lines.at(-1)} ${part}`;
    if (longer.length > LINE - 2) lines.push(`    ${part}`);
    else lines[lines.length - 1] = longer;
  }
  return lines.join(" \\\n");
}

/** Columns that most names fit into. */
const SHORT = 15;

/** All commands, or those of a group, whose summaries stand below each other. */
export function overview(commands: readonly Command[]): string {
  const groups = Map.groupBy(commands, ({ name }) => name.split(" ")[0]);
  const lines = [...groups.values()].flatMap((group) => {
    const width = Math.max(SHORT, ...group.map(({ name }) => name.length));
    return group.map(({ name, summary }) => `  ${name.padEnd(width)} ${summary}`);
  });
  return `Scoreline serves ONNX models over HTTP, behind a durable queue.

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
Exit codes: 0 done, 1 failed, 2 usage error, 3 a batch with items that did not
succeed.`;
}
