import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { foreignModels, optionsOf } from "../support/foreign-models.ts";
import { section, tableRows } from "./support/markdown.ts";
import { readText } from "./support/repository.ts";

describe("the table of other people's files in docs/your-own-model.md", () => {
  const guide = readText("docs/your-own-model.md");

  it("lists those that are added and compared, in their order, with their options", () => {
    const wanted = foreignModels.map((one) => [
      `${one.registry} ${one.package} ${one.version}`,
      one.file.split("/").at(-1),
      one.does,
      optionsOf(one).replaceAll("`", ""),
    ]);
    const shown = tableRows(section(guide, "### Files that were tried"));
    assert.deepEqual(
      shown.map((cells) => cells.map((cell) => cell.replaceAll("`", ""))),
      wanted,
    );
    assert.ok(new Set(foreignModels.map((one) => one.package)).size >= 10);
  });

  it("has the versions of PyPI that are installed", () => {
    const pinned = readText("test/foreign/packages.txt").trim().split("\n");
    const listed = foreignModels
      .filter(({ registry }) => registry === "PyPI")
      .map((one) => `${one.package}==${one.version}`);
    assert.deepEqual(pinned, [...new Set(listed)].toSorted());
  });
});
