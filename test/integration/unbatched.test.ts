import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { z } from "zod";
import { contractOf } from "../../shared/model/manifest.ts";
import { repositoryFile } from "../support/client.ts";
import { layVersion } from "../support/foreign-version.ts";
import { Sessions } from "../../worker/runner/sessions.ts";
import { readManifest, runRows } from "../support/score.ts";

const FIXTURES = "test/fixtures/exporters";
const rowSchema = z.record(z.string(), z.unknown());
const answers = z
  .record(z.string(), z.array(z.object({ input: rowSchema, output: rowSchema })))
  .parse(JSON.parse(repositoryFile(`${FIXTURES}/answers.json`).toString()));

const parent = mkdtempSync(join(tmpdir(), "unbatched-"));
after(() => rmSync(parent, { recursive: true }));

const tensor = (name: string, dtype: string, ...shape: unknown[]): object => ({
  name,
  dtype,
  shape,
});
const alone = { unbatched: true, batching: { max_batch_size: 1 } };

/** A version of a graph of the fixtures. @returns its folder */
function laid(name: string, members: object, files: readonly string[] = []): string {
  const paths = [`${name}.onnx`, ...files].map((file) => `${FIXTURES}/${file}`);
  return layVersion(join(mkdtempSync(join(parent, "version-")), "1"), paths, members);
}

async function outputsOf(folder: string, inputs: readonly unknown[]): Promise<readonly unknown[]> {
  const { input } = contractOf(readManifest(folder));
  const { outputs, failures } = await runRows(
    folder,
    inputs.map((one) => input.parse(one)),
  );
  return outputs.map((output, i) => failures[i] ?? z.unknown().parse(JSON.parse(String(output))));
}

describe("an unbatched version", () => {
  const versions: Readonly<Record<string, object>> = {
    "two-batches": {
      inputs: [tensor("i", "float32", "images", 4), tensor("t", "float32", "texts", 4)],
      outputs: [tensor("logits", "float32", "images", "texts")],
    },
    suppression: {
      inputs: [tensor("boxes", "float32", 1, 10, 4), tensor("scores", "float32", 1, 1, 10)],
      outputs: [tensor("selected", "int64", "found", 3)],
    },
    "scalar-beside": {
      inputs: [tensor("x", "float32", "rows", 4), tensor("k", "float32")],
      outputs: [tensor("y", "float32", "rows", 4)],
    },
  };
  it("is what a graph with two batches needs: a manifest that puts its rows together is refused", async () => {
    const folder = laid("two-batches", {
      inputs: [tensor("i", "float32", "batch", 4), tensor("t", "float32", "batch", 4)],
      outputs: [tensor("logits", "float32", "batch", "texts")],
      batching: { max_batch_size: 8 },
    });
    const loaded = await new Sessions().load(folder);
    assert.ok(loaded.type === "load_failed");
    assert.match(loaded.reason, /"logits" is \[1, 1\] for one row and \[3, 3\] for three/);
  });

  it("is not what a graph needs that fails on three blank rows: its rows are run one by one", async () => {
    const path = "test/fixtures/graphs/fixed-inside.onnx";
    const folder = layVersion(join(mkdtempSync(join(parent, "version-")), "1"), [path], {
      inputs: [tensor("x", "float32", "batch", 2)],
      outputs: [tensor("y", "float32", "batch", "some")],
      batching: { max_batch_size: 8 },
    });
    const rows = [{ x: [1, 2] }, { x: [3, 4] }];
    const oneByOne = await Promise.all(
      rows.map(async (row) => (await outputsOf(folder, [row]))[0]),
    );
    assert.deepEqual(await outputsOf(folder, rows), oneByOne);
  });

  for (const [name, members] of Object.entries(versions)) {
    it(`answers with whole tensors, a run each: ${name}`, async () => {
      const folder = laid(name, { ...alone, ...members });
      const cases = answers[name] ?? [];
      const outputs = await outputsOf(
        folder,
        cases.map(({ input }) => input),
      );
      assert.deepEqual(
        outputs,
        cases.map(({ output }) => output),
      );
    });
  }

  it("does not load when a shape is not the graph's, the first size included", async () => {
    const members = {
      inputs: [tensor("x", "float32", 2, 4)],
      outputs: [tensor("y", "float32", 2, 4)],
    };
    const folder = laid("fixed-to-one", { ...alone, ...members });
    await assert.rejects(runRows(folder, []), /input "x" is \[1, 4\]; its manifest says \[2, 4\]/);
  });
});

describe("the state of a sequence model", () => {
  it("goes in and comes out as any tensor, of length 0 at first", async () => {
    const folder = laid("state", {
      inputs: [
        tensor("x", "float32", "batch", "sequence", 4),
        tensor("past", "float32", "batch", "past", 4),
      ],
      outputs: [tensor("present", "float32", "batch", "present", 4)],
      dimensions: { past: { min: 0 } },
    });
    const cases = answers["state"] ?? [];
    const inputs = cases.map(({ input }) => input);
    assert.deepEqual(inputs[0]?.["past"], []);
    assert.deepEqual(
      await outputsOf(folder, inputs),
      cases.map(({ output }) => output),
    );
  });
});

describe("weights beside the graph", () => {
  const members = {
    inputs: [tensor("x", "float32", "batch", 4)],
    outputs: [tensor("y", "float32", "batch", 4)],
  };
  const files = ["weights-beside.onnx.data"];

  it("are loaded with it", async () => {
    const folder = laid("weights-beside", members, files);
    const [first] = answers["weights-beside"] ?? [];
    assert.deepEqual(await outputsOf(folder, [first?.input]), [first?.output]);
  });

  it("are the ones that the manifest names, or nothing is loaded", async () => {
    const grown = laid("weights-beside", members, files);
    appendFileSync(join(grown, "weights-beside.onnx.data"), "0");
    await assert.rejects(runRows(grown, []), /\.data has 65 bytes; its manifest says 64/);
    const other = laid("weights-beside", members, files);
    writeFileSync(join(other, "weights-beside.onnx.data"), Buffer.alloc(64));
    await assert.rejects(runRows(other, []), /\.data has SHA-256 .*; its manifest says/);
    const gone = laid("weights-beside", members, files);
    rmSync(join(gone, "weights-beside.onnx.data"));
    await assert.rejects(runRows(gone, []), /weights-beside\.onnx\.data/);
  });
});
