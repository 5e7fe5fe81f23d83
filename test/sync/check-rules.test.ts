import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deployRender } from "../../cli/commands/deploy-render.ts";
import { RULES } from "../../cli/models/check/finding.ts";
import { section, tableRows } from "./support/markdown.ts";
import { readText } from "./support/repository.ts";

describe("docs/cli.md", () => {
  it("lists every rule of models check, and no other", () => {
    const shown = tableRows(section(readText("docs/cli.md"), "## models check"));
    assert.deepEqual(
      shown.map(([rule]) => rule),
      [...RULES],
    );
  });

  it("lists every option of deploy render, and no other", () => {
    const shown = tableRows(section(readText("docs/cli.md"), "## deploy render"));
    const names = Object.keys(deployRender.options).map((option) => option.split(" ")[0] ?? "");
    const options = names.filter((name) => name.startsWith("--") && name !== "--json");
    assert.deepEqual(
      shown.map(([option]) => option),
      options,
    );
  });
});
