import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { section } from "./support/markdown.ts";
import { readText, ROOT } from "./support/repository.ts";

/** A whole pipeline, as a diff of this repository; where it no longer applies, make it anew. */
const PATCH = "test/fixtures/pipelines/text-scores.patch";
const FILES_MAX = 6;

const files = [...readText(PATCH).matchAll(/^diff --git a\/(\S+)/gm)].map(([, path = ""]) => path);

describe("a new pipeline", () => {
  it("touches six files at most, the ones that CONTRIBUTING.md names", () => {
    assert.ok(files.length <= FILES_MAX, files.join());
    const named = section(readText("CONTRIBUTING.md"), "## Adding a pipeline");
    const paths = [...named.matchAll(/^- `([^`]+)`/gm)].map(([, path = ""]) =>
      path.replace("<type>", "text-scores"),
    );
    assert.deepEqual(paths.toSorted(), files.toSorted());
  });

  it("serves its models with nothing else changed", async () => {
    using copy = patchedCopy();
    const { manifestSchema } = await copy.manifest();
    const published: unknown = JSON.parse(copy.read("models/manifest.schema.json"));
    assert.deepEqual(z.toJSONSchema(manifestSchema, { io: "input" }), published);
    const manifest = manifestSchema.parse({
      name: "m",
      version: 1,
      file: { path: "model.onnx", bytes: 1, sha256: "0".repeat(64) },
      inputs: [{ name: "text", dtype: "string", shape: ["batch", 1] }],
      outputs: [{ name: "scores", dtype: "float32", shape: ["batch", 2] }],
      pipeline: { type: "text-scores" },
    });

    const { contractOf } = await copy.manifest();
    const rows = ["a", "b"].map((text) => contractOf(manifest).input.parse({ text }));
    const { pipelineFor } = await copy.runner();
    const pipeline = await pipelineFor(manifest, "");
    const [stack] = (await pipeline.encode(rows, [{}, {}])).stacks;
    assert.deepEqual(stack?.inputs()["text"]?.data, ["a", "b"]);
    const data = Float32Array.of(0, 1, 0.5, 0.25);
    const outputs = { scores: { dtype: "float32", dims: [2, 2], data } } as const;
    const output = stack?.decode(outputs, 1, {});
    assert.deepEqual(contractOf(manifest).output.parse(output), { scores: [0.5, 0.25] });
  });
});

/** A copy of what the patch touches and what that imports. */
function patchedCopy() {
  const folder = mkdtempSync(join(tmpdir(), "scoreline-pipeline-"));
  for (const path of ["shared", "worker", "package.json", "docs", "models/manifest.schema.json"]) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  execFileSync("git", ["apply", join(ROOT, PATCH)], { cwd: folder });
  const url = (path: string): string => pathToFileURL(join(folder, path)).href;
  return {
    read: (path: string): string => readFileSync(join(folder, path), "utf8"),
    manifest: async (): Promise<typeof import("../../shared/model/manifest.ts")> =>
      import(url("shared/model/manifest.ts")),
    runner: async (): Promise<typeof import("../../worker/runner/pipelines.ts")> =>
      import(url("worker/runner/pipelines.ts")),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
