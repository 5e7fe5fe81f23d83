import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { postJson } from "../support/client.ts";
import { System } from "../support/system.ts";

it("a model is loaded before the first job with `preload`, and by the first job without", async (t) => {
  const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  t.after(() => rmSync(models, { recursive: true }));
  for (const [name, preload] of [
    ["early", true],
    ["late", false],
  ] as const) {
    const home = join(models, name, "1");
    cpSync("test/fixtures/models/slow-text/1", home, { recursive: true });
    const file = join(home, "manifest.json");
    const text = readFileSync(file, "utf8").replace('"slow-text"', `"${name}"`);
    writeFileSync(file, text.replace('"preload": true', `"preload": ${preload}`));
  }
  await using system = await System.start({ MODELS_DIR: models, WORKER_SLOTS: "1" });
  const isCold = async (name: string): Promise<unknown> => {
    const { body } = await postJson(`${system.url}/v1/models/${name}/jobs`, {
      input: { text: "a" },
    });
    return body.metrics?.["cold_start"];
  };
  assert.deepEqual([await isCold("early"), await isCold("early")], [false, false]);
  assert.deepEqual([await isCold("late"), await isCold("late")], [true, false]);
});
