import assert from "node:assert/strict";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { COMMAND_NAMES, commandsOf } from "../../../cli/commands.ts";
import { dispatch } from "../../../cli/dispatch.ts";
import { UsageError, type Shell } from "../../../cli/terminal/command.ts";

/** A terminal without variables, and what was printed there. */
function terminal(): { readonly shell: Shell; readonly printed: () => string } {
  const lines: string[] = [];
  const { stdin: input, stdout: output, stderr: notes } = process;
  const print = (line: string): void => void lines.push(line);
  const shell = { root: resolve("."), environment: {}, print, output, input, notes };
  return { shell, printed: () => lines.join("\n") };
}

async function helpOf(...words: readonly string[]): Promise<string> {
  const { shell, printed } = terminal();
  assert.equal(await dispatch([...words, "--help"], shell), 0);
  return printed();
}

describe("help", async () => {
  const commands = await commandsOf();

  it("is of the command that was named", () => {
    assert.deepEqual(
      commands.map(({ name }) => name),
      COMMAND_NAMES,
    );
  });

  it("lists all commands, and those of a group", async () => {
    const [all, group] = [await helpOf(), await helpOf("batch")];
    for (const { name, summary } of commands) {
      const line = new RegExp(
        `^  ${name} +${summary.replaceAll(/[.?()]/g, String.raw`\$&`)}$`,
        "m",
      );
      assert.match(all, line);
      assert.equal(line.test(group), name.startsWith("batch "), name);
    }
    isReadable(all);
  });

  for (const { name, options } of commands) {
    it(`shows the options and examples of ${name}`, async () => {
      const help = await helpOf(...name.split(" "));
      for (const typed of Object.keys(options)) assert.ok(help.includes(`\n  ${typed}`), typed);
      assert.ok(help.includes(`usage: scoreline ${name} `));
      isReadable(help);
    });
  }

  function isReadable(help: string): void {
    assert.match(help, /^Examples:\n {2}npx scoreline /m);
    assert.deepEqual(
      help.split("\n").filter((line) => line.length > 80),
      [],
    );
  }
});

describe("a usage error", () => {
  for (const typed of [
    "nonsense",
    "models pull",
    "deploy render",
    "deploy render wine --pool tpu",
    "deploy render wine --out a --diff b",
    "models list too-much",
    "models list --nonsense",
    "models check --seconds",
    "models use wine",
    "models use wine@latest",
    "models rollback wine@1",
    "models archive wine",
    "score hello",
    "score hello --model wine --url nonsense",
    "batch submit",
    "batch results",
    "endpoints get",
    "endpoints get photos --wait --timeout soon",
    "endpoints apply",
    "endpoints apply -f a -f b --nonsense",
    "endpoints set-traffic photos",
    "endpoints set-traffic photos blue",
    "endpoints set-traffic photos blue=1.234",
    "endpoints set-traffic photos blue=1 blue=2",
    "endpoints promote photos",
    "keys create",
    "keys create x --expires tomorrow",
    "keys create x --direct",
    "keys regenerate key_x",
    "keys regenerate key_x --secret third",
    "keys revoke",
    "webhook verify",
  ]) {
    it(`is ${typed}`, async () => {
      await assert.rejects(dispatch(typed.split(" "), terminal().shell), UsageError);
    });
  }

  it("names what is missing, and how the command is used", async () => {
    const says = async (words: readonly string[], message: string): Promise<void> =>
      assert.rejects(dispatch(words, terminal().shell), { message });
    await says(
      ["score", "hello"],
      "--model is missing\nusage: scoreline score FILE|TEXT... --model NAME [OPTIONS]\nhelp:  scoreline score --help",
    );
    await says(
      ["keys", "revoke"],
      "KEY_ID is missing\nusage: scoreline keys revoke KEY_ID [OPTIONS]\nhelp:  scoreline keys revoke --help",
    );
  });

  it("is half a name, answered with what there is", async () => {
    for (const words of [[], ["models"], ["deploy"], ["batch"], ["keys"]]) {
      const { shell, printed } = terminal();
      assert.equal(await dispatch(words, shell), 2);
      assert.match(printed(), /^ {2}npx scoreline /m);
    }
  });
});
