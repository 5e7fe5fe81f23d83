import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { contractOf } from "../../shared/model/manifest.ts";
import { assertClose } from "../support/close.ts";
import { repositoryFile } from "../support/client.ts";
import { readManifest, runRows } from "../support/score.ts";

/** A token model as PyTorch exports it: its largest sequence is 32, of words 0 to 199. */
const MODEL = "test/fixtures/strangers/tokens.onnx";
const graph = repositoryFile(MODEL);
const cases = z
  .array(z.object({ input: z.record(z.string(), z.array(z.int())), output: z.unknown() }))
  .parse(JSON.parse(repositoryFile("test/fixtures/strangers/tokens.json").toString()));

const folder = mkdtempSync(join(tmpdir(), "varying-"));
after(() => rmSync(folder, { recursive: true }));

/** A version of the model with this pipeline. @returns its folder */
function versionWith(version: number, pipeline: object): string {
  const home = join(folder, String(version));
  mkdirSync(home);
  copyFileSync(MODEL, join(home, "model.onnx"));
  const sha256 = createHash("sha256").update(graph).digest("hex");
  const ids = { name: "input_ids", dtype: "int64", shape: ["batch", "sequence"] };
  const manifest = {
    name: "tokens",
    version,
    file: { path: "model.onnx", bytes: graph.length, sha256 },
    inputs: [ids, { ...ids, name: "attention_mask" }],
    outputs: [
      { name: "last_hidden_state", dtype: "float32", shape: ["batch", "sequence", 3] },
      { name: "pooler_output", dtype: "float32", shape: ["batch", 4] },
    ],
    dimensions: { sequence: { max: 40 } },
    pipeline,
  };
  writeFileSync(join(home, "manifest.json"), JSON.stringify(manifest));
  return home;
}

describe("rows of many sizes in one batch", () => {
  let tokens = "";
  before(() => {
    tokens = versionWith(1, { type: "tensor" });
  });

  it("are each answered as if they were alone, in their order", async () => {
    const { input } = contractOf(readManifest(tokens));
    const rows = cases.map((one) => input.parse(one.input));
    const { failures, outputs, runRows: together } = await runRows(tokens, rows);
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
    const { input } = contractOf(readManifest(tokens));
    const row = (words: readonly number[]): Buffer =>
      input.parse({ input_ids: words, attention_mask: words.map(() => 1) });
    const longest = Array.from({ length: 33 }, () => 1);
    const rows = [[1, 2], [1, 200], longest, [3, 4], [5]].map(row);
    const { failures, outputs } = await runRows(tokens, rows);
    const codes = failures.map((failure) => failure?.code);
    assert.deepEqual(codes, [undefined, "model_error", "model_error", undefined, undefined]);
    assert.deepEqual(
      outputs.map(({ length }) => length > 0),
      [true, false, false, true, true],
    );
  });
});

/** Words are as long as their ids; the mask of a text that begins with a dash is one too short. */
const SCRIPT = `
export function preprocess({ text }) {
  const ids = text.split(" ").map((word) => BigInt(word.length));
  const mask = ids.slice(text.startsWith("-") ? 1 : 0).map(() => 1n);
  const tensor = (data) => ({ dtype: "int64", dims: [data.length], data: BigInt64Array.from(data) });
  return { input_ids: tensor(ids), attention_mask: tensor(mask) };
}
export function postprocess({ last_hidden_state: { dims, data } }) {
  return { states: dims[0], numbers: data.length };
}
`;

describe("a script whose rows have many sizes", () => {
  it("has each row as large as it made it, and fails where its inputs disagree", async () => {
    const text = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
    const script = versionWith(2, {
      type: "script",
      module: "pipeline.mjs",
      input: text,
      output: {},
    });
    writeFileSync(join(script, "pipeline.mjs"), SCRIPT);
    const { input } = contractOf(readManifest(script));
    const long = "w ".repeat(50).trim();
    const texts = ["a b c", "a", "-a b c", "c b a", long].map((one) => input.parse({ text: one }));
    const { failures, outputs, runRows: together } = await runRows(script, texts);
    const got = outputs.map((output) => (output.length > 0 ? JSON.parse(String(output)) : null));
    const three = { states: 3, numbers: 9 };
    assert.deepEqual(got, [three, { states: 1, numbers: 3 }, null, three, null]);
    assert.deepEqual(together, [2, 1, 1, 2, 1]);
    const expected =
      /"attention_mask" of shape \[2\], not \[sequence\], where "sequence" is 3 in this row/;
    assert.match(failures[2]?.message ?? "", expected);
    assert.match(failures[4]?.message ?? "", /of shape \[50\].* "sequence" is 1 to 40/);
  });
});
