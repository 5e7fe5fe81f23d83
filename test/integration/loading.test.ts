import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { ONE_CONVOLUTION, proveProvider } from "../../worker/runner/prove-provider.ts";
import { Sessions } from "../../worker/runner/sessions.ts";

/** A version whose graph can take one row at a time, and no more. */
function versionOf(t: TestContext, settings: object): string {
  const folder = mkdtempSync(join(tmpdir(), "scoreline-model-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const sha256 = createHash("sha256").update(ONE_CONVOLUTION).digest("hex");
  const manifest = {
    name: "one-row",
    version: 1,
    file: { path: "model.onnx", bytes: ONE_CONVOLUTION.length, sha256 },
    inputs: [{ name: "x", dtype: "float32", shape: ["batch", 1, 3, 3] }],
    outputs: [{ name: "y", dtype: "float32", shape: ["batch", 1, 1, 1] }],
    pipeline: { type: "tensor" },
    ...settings,
  };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, "model.onnx"), ONE_CONVOLUTION);
  return folder;
}

describe("loading a model", () => {
  it("warms it up with one row, unless the manifest says otherwise", async (t) => {
    const answer = await new Sessions().load(versionOf(t, {}));
    assert.equal(answer.type, "loaded");
  });

  it("runs every batch size that the manifest names, and fails with the first that fails", async (t) => {
    const folder = versionOf(t, { warmup: { batch_sizes: [1, 2] } });
    const answer = await new Sessions().load(folder);
    assert.ok(answer.type === "load_failed", answer.type);
    assert.match(answer.reason, /Got: 2 Expected: 1/);
  });
});

describe("the proof of an execution provider", () => {
  it("fails where the CPU would do the work instead", async () => {
    await assert.rejects(proveProvider({ name: "cpu" }), /fallback to CPU EP .* disabled/);
  });

  it("fails with ONNX Runtime's reason where there is no such device", async () => {
    await assert.rejects(proveProvider({ name: "cuda", deviceId: 99 }), /cuda/i);
  });
});
