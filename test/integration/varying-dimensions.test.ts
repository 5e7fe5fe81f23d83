import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { contractOf } from "../../shared/model/schema.ts";
import { assertClose } from "../support/close.ts";
import { repositoryFile } from "../support/client.ts";
import { readManifest, runRows } from "../support/score.ts";

/** A token model as PyTorch exports it: its largest sequence is 32, of words 0 to 199. */
const MODEL = "test/fixtures/strangers/tokens.onnx";
const graph = repositoryFile(MODEL);
const cases = z
  .array(z.object({ input: z.record(z.string(), z.array(z.int())), output: z.unknown() }))
  .parse(JSON.parse(repositoryFile("test/fixtures/strangers/tokens.json").toString()));

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "varying-"));
  copyFileSync(MODEL, join(folder, "model.onnx"));
  const sequence = ["batch", "sequence"];
  const manifest = {
    name: "tokens",
    version: 1,
    file: {
      path: "model.onnx",
      bytes: graph.length,
      sha256: createHash("sha256").update(graph).digest("hex"),
    },
    inputs: ["input_ids", "attention_mask"].map((name) => ({
      name,
      dtype: "int64",
      shape: sequence,
    })),
    outputs: [
      { name: "last_hidden_state", dtype: "float32", shape: [...sequence, 3] },
      { name: "pooler_output", dtype: "float32", shape: ["batch", 4] },
    ],
    pipeline: { type: "tensor" },
  };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
});
after(() => rmSync(folder, { recursive: true }));

describe("rows of many sizes in one batch", () => {
  it("are each answered as if they were alone, in their order", async () => {
    const { input } = contractOf(readManifest(folder));
    const rows = cases.map((one) => input.parse(one.input));
    const { failures, outputs, runRows: together } = await runRows(folder, rows);
    assert.deepEqual(
      failures.filter((failure) => failure !== null),
      [],
    );
    for (const [i, { output }] of cases.entries()) {
      assertClose(JSON.parse(String(outputs[i])), output);
    }
    const lengths = cases.map((one) => one.input["input_ids"]?.length);
    const counts = lengths.map((length) => lengths.filter((other) => other === length).length);
    assert.deepEqual(together, counts);
  });

  it("fail alone: the one that the model cannot take", async () => {
    const { input } = contractOf(readManifest(folder));
    const row = (words: readonly number[]): Buffer =>
      input.parse({ input_ids: words, attention_mask: words.map(() => 1) });
    const longest = Array.from({ length: 33 }, () => 1);
    const rows = [[1, 2], [1, 200], longest, [3, 4], [5]].map(row);
    const { failures, outputs } = await runRows(folder, rows);
    const codes = failures.map((failure) => failure?.code);
    assert.deepEqual(codes, [undefined, "model_error", "model_error", undefined, undefined]);
    assert.deepEqual(
      outputs.map(({ length }) => length > 0),
      [true, false, false, true, true],
    );
  });
});
