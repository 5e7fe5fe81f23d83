import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { basename } from "node:path";
import { describe, it } from "node:test";
import { lint } from "../../../../../cli/models/check/lint.ts";
import { readModel } from "../../../../../cli/models/onnx/read-model.ts";

const FOLDER = "test/fixtures/graphs";

/** What must be found in each graph of the folder but the good ones: level, rule, and what it says. */
const WANTED: Readonly<Record<string, readonly (readonly [string, string, RegExp])[]>> = {
  zipmap: [["bad", "type", /"output_probability" .*sequence of maps.*\{"zipmap": False\}/]],
  sequence: [["bad", "type", /output "parts" .*a sequence; only tensors/]],
  bfloat16: [
    ["bad", "type", /input "x" .*bfloat16.*model\.float\(\)/],
    ["bad", "type", /output "y" .*bfloat16/],
  ],
  "fixed-batch": [
    ["bad", "batch-dimension", /input "x", output "y" .*\[1, 2\] has room for 1 row,/],
  ],
  "single-value": [["bad", "batch-dimension", /output "total" .*single value/]],
  "opset-too-new": [["bad", "opset", /^ai\.onnx 27 .*up to 26.*opset_version=17.*target_opset=17/]],
  "opset-too-old": [["bad", "opset", /^ai\.onnx 5 .*7 and up.*opset_version=17/]],
  "ml-too-new": [["bad", "opset", /^ai\.onnx\.ml 6 .*up to 5.*"ai\.onnx\.ml": 3/]],
  "format-too-new": [["bad", "opset", /^IR version 14 .*up to 13.*model\.ir_version = 10/]],
  "foreign-operator": [["bad", "opset", /^StringLower of ai\.onnx\.contrib .*scoring script/]],
  "external-data": [["bad", "external-data", /^weights\.bin .*"weights".*external_data=False/]],
  "training-batch-norm": [["bad", "neighbours", /node "norm" .*TrainingMode\.EVAL/]],
  "int8-dynamic": [["bad", "neighbours", /and 1 more DynamicQuantizeLinear.*quantize_static/]],
  "int8-hidden-bias": [
    ["bad", "int8-bias", /node "conv1" .*"bias1" .*Identity.*quant_pre_process/],
  ],
  "text-as-it-comes": [
    ["bad", "tokenizer", /"StringNormalizer" .*en_US\.UTF-8.*"locale": "C\.UTF-8"/],
    ["note", "tokenizer", /"StringNormalizer" .*LOWER.*lowercase=False/],
    ["bad", "tokenizer", /"Tokenizer" tokenexp \[a-zA-Z0-9_\]\+ .*"tokenexp": r"\[\\p\{L\}/],
  ],
  "text-ascii": [["bad", "tokenizer", /tokenexp \\w\+ knows ASCII only/]],
  "text-lower-cased": [["note", "tokenizer", /LOWER.*İ/]],
  "text-python-pattern": [["bad", "tokenizer", /\(\?u\).* RE2 cannot read it/]],
  "text-short-words": [["bad", "tokenizer", /\\p\{L\}\{3,\} never gives "\w{2}".* nor \d+ more/]],
  "text-separators": [["note", "tokenizer", /Separators are regular expressions/]],
  "text-characters": [
    ["bad", "tokenizer", /Character n-grams.*"subwords": \{ "min": 3, "max": 4 \}/],
    ["bad", "tokenizer", /filled up with "#".*neighbours/],
  ],
  "text-callable": [
    ["bad", "tokenizer", /never gives/],
    ["bad", "tokenizer", /filled up with "#"/],
    ["bad", "tokenizer", /"TfIdfVectorizer" .*analyzer=callable/],
  ],
  "text-stop-words": [["note", "tokenizer", /stop words.*stop_words=None/]],
  "text-sublinear": [["bad", "tokenizer", /sublinear_tf=True.*sublinear_tf=False/]],
  // Only running them shows what is wrong: test/e2e/models-check.test.ts.
  "batch-mean": [],
  "fixed-inside": [],
};

describe("the linter", () => {
  it("finds an output that has a batch in two dimensions", async () => {
    const findings = lint(await readModel("test/fixtures/exporters/two-batches.onnx"));
    assert.deepEqual(
      findings.map(({ level, rule, place }) => [level, rule, place]),
      [["bad", "batch-dimension", 'output "logits"']],
    );
    assert.match(
      findings[0]?.why ?? "",
      /^The dimension "text_batch_size" is as long as the batch/,
    );
  });

  const graphs = globSync(`${FOLDER}/*.onnx`).map((path) => basename(path, ".onnx"));
  const good = graphs.filter((name) => name.startsWith("good-"));

  it("has a graph for everything that is wanted, and the other way round", () => {
    const bad = graphs.filter((name) => !name.startsWith("good-"));
    assert.deepEqual(bad.toSorted(), Object.keys(WANTED).toSorted());
    assert.ok(good.length >= 5);
  });

  for (const [name, wanted] of Object.entries(WANTED)) {
    it(`finds in ${name} what is wrong, and nothing else`, async () => {
      const findings = lint(await readModel(`${FOLDER}/${name}.onnx`));
      assert.deepEqual(
        findings.map(({ level, rule }) => [level, rule]),
        wanted.map(([level, rule]) => [level, rule]),
      );
      for (const [i, [, , says]] of wanted.entries()) {
        const { place = "", why = "", fix = "" } = findings[i] ?? {};
        assert.match(`${place} ${why} ${fix}`.replaceAll(/\s+/g, " "), says);
      }
    });
  }

  const served = [...globSync("models/*/*/*.onnx"), ...globSync("test/fixtures/models/*/*/*.onnx")];
  for (const path of [...good.map((name) => `${FOLDER}/${name}.onnx`), ...served]) {
    it(`is silent on ${path}`, async () => {
      assert.deepEqual(lint(await readModel(path)), []);
    });
  }

  it("lets rows that are never in company depend on the batch", async () => {
    const model = await readModel(`${FOLDER}/int8-dynamic.onnx`);
    assert.deepEqual(lint(model, { maxBatchSize: 1 }), []);
    assert.equal(lint(model, { maxBatchSize: 2 }).length, 1);
  });
});
