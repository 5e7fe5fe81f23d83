import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pipelines } from "../../shared/model/pipelines.ts";
import { section, tableRows } from "./support/markdown.ts";
import { readText } from "./support/repository.ts";

describe("docs/endpoints.md", () => {
  it("says when two outputs agree, of each pipeline that has a comparer of its own", () => {
    const rows = tableRows(section(readText("docs/endpoints.md"), "### When two outputs agree"));
    const own = Object.entries(pipelines).flatMap(([type, pipeline]) =>
      pipeline.versions === undefined ? [] : [type],
    );
    assert.deepEqual(
      rows.map(([type]) => type),
      [...own, "any other"],
    );
  });
});
