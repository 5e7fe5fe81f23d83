import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

const MODULE = new URL("../../../../cli/setup/models.mjs", import.meta.url).href;
const SCRIPT = `import { checkModels } from ${JSON.stringify(MODULE)}; checkModels(process.argv[1], process.env);`;

type ModelFile = Readonly<Record<string, unknown>>;

/** A folder of models with one, whose file holds `content`. */
function modelsAt(folder: string, content: string | null, file: ModelFile): void {
  const home = join(folder, "faq", "1");
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "manifest.json"), JSON.stringify({ file }));
  if (content !== null) writeFileSync(join(home, "model.onnx"), content);
}

function emptyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "scoreline-setup-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Checks in a process of its own. */
function run(root: string, env: NodeJS.ProcessEnv = {}) {
  const done = spawnSync(process.execPath, ["--input-type=module", "-e", SCRIPT, root], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], ...env },
  });
  return { code: done.status, said: done.stdout, fault: done.stderr };
}

/** A repository with one model. */
function check(t: TestContext, content: string | null, file: ModelFile) {
  const root = emptyFolder(t);
  modelsAt(join(root, "models"), content, file);
  return run(root);
}

const SHA256 = createHash("sha256").update("weights").digest("hex");

describe("the models' check in set-up", () => {
  it("passes a file that has the bytes and the checksum of its manifest", (t) => {
    const { code, said } = check(t, "weights", { path: "model.onnx", bytes: 7, sha256: SHA256 });
    assert.equal(code, 0);
    assert.match(said, /^models +\| faq\/1 +checked, 7 B\n$/);
  });

  it("refuses another content of the same length, and says how to mend it", (t) => {
    const { code, said, fault } = check(t, "wEights", { path: "model.onnx", sha256: SHA256 });
    assert.equal(code, 1);
    assert.ok(said.includes(`instead of ${SHA256}`));
    assert.ok(fault.includes("git checkout HEAD -- models/faq/1"));
  });

  it("refuses a file that is absent", (t) => {
    const { code, said } = check(t, null, { path: "model.onnx", sha256: SHA256 });
    assert.equal(code, 1);
    assert.ok(said.includes("model.onnx is absent"));
  });

  it("lets a file be absent that comes from elsewhere", (t) => {
    const file = { path: "model.onnx", sha256: SHA256, source: "https://example.com/m" };
    const { code, said } = check(t, null, file);
    assert.equal(code, 0);
    assert.ok(said.includes("not pulled"));
  });

  it("looks into the folder of MODELS_DIR instead, and does not send its owner to git", (t) => {
    const [root, mine] = [emptyFolder(t), emptyFolder(t)];
    const file = { path: "model.onnx", sha256: SHA256 };
    modelsAt(join(root, "models"), "damaged", file);
    modelsAt(mine, "weights", file);
    assert.equal(run(root, { MODELS_DIR: mine }).code, 0);
    modelsAt(mine, "damaged", file);
    const { code, fault } = run(root, { MODELS_DIR: mine });
    assert.equal(code, 1);
    assert.ok(fault.includes(mine));
    assert.ok(!fault.includes("git"));
  });
});
