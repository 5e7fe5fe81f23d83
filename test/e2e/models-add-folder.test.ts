import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { cli } from "../support/cli.ts";
import { repositoryFile } from "../support/client.ts";

const parent = mkdtempSync(join(tmpdir(), "scoreline-add-folder-"));
after(() => rmSync(parent, { recursive: true }));

const add = async (models: string, path: string, ...more: string[]): ReturnType<typeof cli> =>
  cli(["models", "add", path, ...more], { MODELS_DIR: models });

describe("scoreline models add, of a Hugging Face folder,", () => {
  it("takes a Hugging Face folder whole, and runs rows alone where its graph wants it", async () => {
    const models = mkdtempSync(join(parent, "models-"));
    const folder = "test/fixtures/folders/embedding";
    const { code, out, err } = await add(models, folder, "--name", "sentences");
    assert.equal(code, 0, err);
    assert.match(out, /^embeddings +16 numbers, of length 1; the mean of those of the tokens$/m);
    assert.equal(
      readFileSync(join(models, "sentences/1/tokenizer.json"), "utf8"),
      repositoryFile(`${folder}/tokenizer.json`).toString(),
    );
    const quantised = ["--graph", "onnx/model_quantized.onnx", "--dry-run"];
    const alone = await add(models, folder, "--name", "quantised", ...quantised);
    assert.equal(alone.code, 0, alone.err);
    assert.match(alone.out, /^rows +each runs alone: /m);
  });

  it("says which command exports a graph where a folder has none", async () => {
    const bare = join(parent, "bare");
    mkdirSync(bare);
    writeFileSync(join(bare, "config.json"), '{"architectures": ["BertForTokenClassification"]}');
    const { code, err } = await add(parent, bare, "--name", "bare");
    assert.equal(code, 1);
    const task = "--task token-classification";
    assert.ok(err.includes(`optimum-cli export onnx --model ${bare} ${task} ${bare}/onnx`), err);
  });
});
