import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ask, postJson } from "../support/client.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

describe("a model whose file is missing or another one", () => {
  const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  const file = join(models, "broken", "1", "model.onnx");
  let system: System & { url: string };
  let bytes: Buffer;
  const unpulled = join(models, "unpulled", "1", "model.onnx");
  before(async () => {
    for (const name of ["broken", "slow-text", "unpulled"]) {
      cpSync("test/fixtures/models/slow-text/1", join(models, name, "1"), { recursive: true });
      const manifest = join(models, name, "1", "manifest.json");
      writeFileSync(manifest, readFileSync(manifest, "utf8").replace('"slow-text"', `"${name}"`));
    }
    bytes = readFileSync(file);
    truncateSync(file, bytes.length - 1);
    rmSync(unpulled);
    const manifest = join(models, "unpulled", "1", "manifest.json");
    const source = '"source": "https://example.com/model.onnx", "path":';
    writeFileSync(manifest, readFileSync(manifest, "utf8").replace('"path":', source));
    system = await System.start({ MODELS_DIR: models });
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  const score = async (name: string) =>
    postJson(`${system.url}/v1/models/${name}/jobs`, { input: { text: "a" } });

  it("is said to be unavailable from the start, and disturbs no other", async () => {
    await until("the gateway has heard of it", async () => {
      const listed = await ask(`${system.url}/v1/models/broken`);
      return (await listed.text()).includes('"status":"unavailable"');
    });
    const refused = await score("broken");
    assert.deepEqual([refused.status, refused.body.code], [503, "model_unavailable"]);
    assert.equal((await score("slow-text")).status, 200);
  });

  it("is served again once its file is there, without a restart", async () => {
    writeFileSync(file, bytes);
    await until("it is scored", async () => (await score("broken")).status === 200);
  });

  it("is said to be not pulled, with the command, when it comes from elsewhere", async () => {
    await until("the gateway has heard of it", async () => {
      const listed = await ask(`${system.url}/v1/models/unpulled`);
      return (await listed.text()).includes('"status":"not_pulled"');
    });
    const { status, body } = await score("unpulled");
    assert.deepEqual([status, body.code], [503, "model_unavailable"]);
    assert.match(body.detail ?? "", /not pulled: npx scoreline models pull unpulled@1/);
    assert.equal((await score("slow-text")).status, 200);
  });

  it("is scored once it was pulled, without a restart", async () => {
    writeFileSync(unpulled, bytes);
    await until("it is scored", async () => (await score("unpulled")).status === 200);
  });
});
