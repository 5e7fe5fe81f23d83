import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadRegistry } from "../../shared/model/registry.ts";
import { cli } from "../support/cli.ts";
import { deployRender } from "../../cli/commands/deploy-render.ts";
import { codeBlocks, section } from "./support/markdown.ts";
import { filesMatching, readText } from "./support/repository.ts";

const made = filesMatching(["k8s/models/*/kustomization.yaml"]);

describe("k8s/models", () => {
  it("has a folder for every model", () => {
    const names = made.map(({ path }) => path.split("/")[2]);
    assert.deepEqual(names, loadRegistry("models").names);
  });

  for (const { path, text } of made) {
    const folder = path.replace("/kustomization.yaml", "");
    it(`${folder} is what the command in its first line makes`, async () => {
      const [, command = ""] = /^# Made by: scoreline (.*)\n/.exec(text) ?? [];
      const { code, out, err } = await cli([...command.split(" "), "--diff", folder]);
      assert.deepEqual([code, out, err], [0, "", ""]);
    });
  }

  const [typed = ""] = codeBlocks(section(readText("docs/cli.md"), "## deploy render"), "sh");
  for (const line of `${typed}\n${deployRender.examples.join("\n")}`.match(
    /deploy render .* k8s\/models\/\w+/g,
  ) ?? []) {
    it(`${line} is what was typed: it would change nothing`, async () => {
      const { code, out } = await cli(line.replace("--out", "--diff").split(" "));
      assert.deepEqual([code, out], [0, ""]);
    });
  }
});
