import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Sessions } from "../../worker/runner/sessions.ts";
import { repositoryFile } from "../support/client.ts";

const ids = { name: "input_ids", dtype: "int64", shape: ["batch", "sequence"] };
const mask = { ...ids, name: "attention_mask" };
const pooled = { name: "pooler_output", dtype: "float32", shape: ["batch", 4] };

/** Why a runner does not load a file under a manifest with these tensors; undefined when it does. */
async function reason(file: string, inputs: object[], outputs: object[]): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "check-graph-"));
  const graph = repositoryFile(`test/fixtures/strangers/${file}`);
  const sha256 = createHash("sha256").update(graph).digest("hex");
  copyFileSync(`test/fixtures/strangers/${file}`, join(folder, "model.onnx"));
  const manifest = {
    name: "m",
    version: 1,
    file: { path: "model.onnx", bytes: graph.length, sha256 },
    inputs,
    outputs,
    pipeline: { type: "tensor" },
  };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  try {
    const loaded = await new Sessions().load(folder);
    return loaded.type === "load_failed" ? loaded.reason : undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("a graph that is not what its manifest says", () => {
  const cases: readonly (readonly [inputs: object[], outputs: object[], expected: RegExp])[] = [
    [[ids], [pooled], /^the manifest lacks the input "attention_mask"$/],
    [[ids, { ...mask, name: "x" }], [pooled], /^the manifest lacks the input "attention_mask"$/],
    [
      [ids, mask, { ...mask, name: "x" }],
      [pooled],
      /^the graph has no input "x"; it has input_ids,/,
    ],
    [
      [ids, { ...mask, dtype: "int32" }],
      [pooled],
      /"attention_mask" is int64; its manifest says int32/,
    ],
    [
      [ids, { ...mask, shape: ["batch", "sequence", 2] }],
      [pooled],
      /"attention_mask" is \[batch, sequence\]; its manifest says \[batch, sequence, 2\]$/,
    ],
    [
      [ids, mask],
      [{ ...pooled, name: "y" }],
      /^the graph has no output "y"; it has last_hidden_state,/,
    ],
    [[ids, mask], [{ ...pooled, dtype: "float64" }], /^output "pooler_output" is float32/],
  ];
  for (const [inputs, outputs, expected] of cases) {
    it(`is not loaded: ${expected.source}`, async () => {
      assert.match(String(await reason("tokens.onnx", inputs, outputs)), expected);
    });
  }

  it("is not loaded where it fixes a size that the manifest lets vary, or has another", async () => {
    const kind = { name: "kind", dtype: "float32", shape: ["batch", 4] };
    const expected = /^input "features" is \[n, 6\]; its manifest says \[batch, (?:width|7)\]$/;
    for (const width of ["width", 7]) {
      const features = { name: "features", dtype: "float32", shape: ["batch", width] };
      assert.match(String(await reason("houses.onnx", [features], [kind])), expected);
    }
  });

  it("is not loaded with a sequence of maps", async () => {
    const x = { name: "X", dtype: "float32", shape: ["batch", 4] };
    const y = { name: "output_probability", dtype: "float32", shape: ["batch", 3] };
    const expected = /^output "output_probability" is a map or a sequence, not a tensor$/;
    assert.match(String(await reason("iris-zipmap.onnx", [x], [y])), expected);
  });

  it("may have outputs that are not served, and sizes where the graph says none", async () => {
    const fixed = { shape: ["batch", 7] };
    const inputs = [
      { ...ids, ...fixed },
      { ...mask, ...fixed },
    ];
    assert.equal(await reason("tokens.onnx", inputs, [pooled]), undefined);
  });
});
