import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { commandsOf } from "../../cli/commands.ts";
import { section } from "./support/markdown.ts";
import { readText } from "./support/repository.ts";

describe("docs/cli.md", async () => {
  const commands = await commandsOf();
  const text = readText("docs/cli.md");

  const typed = commands.flatMap(({ options }) => Object.keys(options));
  const known = new Set(typed.map((option) => option.split(" ")[0] ?? ""));

  for (const { name } of commands) {
    it(`describes ${name}, and names options that there are`, () => {
      const named = section(text, `## ${name}`).match(/--[a-z][a-z-]*/g) ?? [];
      assert.deepEqual(
        named.filter((flag) => !known.has(flag)),
        [],
      );
    });
  }
});
