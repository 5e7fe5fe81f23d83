import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ALIASES, fields } from "../../cli/azureml/fields.ts";
import { section, tableRows } from "./support/markdown.ts";
import { readText } from "./support/repository.ts";

describe("docs/from-azure-ml.md", () => {
  const text = section(readText("docs/from-azure-ml.md"), "## The deployment configuration");

  it("has a row for every setting that is imported, and for no other", () => {
    const rows = tableRows(text).filter((row) => row.length === 4);
    assert.deepEqual(
      rows.map(([setting = ""]) => setting).toSorted(),
      Object.keys(fields).toSorted(),
    );
  });

  it("names what the service itself calls them", () => {
    for (const alias of Object.keys(ALIASES)) assert.ok(text.includes(`\`${alias}\``), alias);
  });
});
