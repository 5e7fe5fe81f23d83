import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pipelineOf, pipelines } from "../../../../shared/model/pipelines.ts";
import { loadRegistry } from "../../../../shared/model/registry.ts";
import { contractOf } from "../../../../shared/model/manifest.ts";

describe("the table of pipelines", () => {
  for (const [type, { settings }] of Object.entries(pipelines)) {
    it(`has ${type} under the type of its settings`, () => {
      assert.equal(settings.shape.type.value, type);
    });
  }
});

describe("the example of a pipeline", () => {
  const folders = ["models", "test/fixtures/models"];
  const versions = folders.flatMap((folder) => loadRegistry(folder).versions);
  for (const { id, manifest } of versions) {
    const made = pipelineOf(manifest.pipeline).example?.(manifest.pipeline, manifest);
    if (made === undefined) continue;
    it(`is an input of ${id}`, () => {
      assert.ok(contractOf(manifest).input.safeParse(made).success);
    });
  }
});
