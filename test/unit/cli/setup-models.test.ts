import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

const MODULE = new URL("../../../cli/setup/models.mjs", import.meta.url).href;
const SCRIPT = `import { checkModels } from ${JSON.stringify(MODULE)}; checkModels(process.argv[1]);`;

/** A repository with one model whose file holds `content`; checked in a process of its own. */
function check(t: TestContext, content: string | null, file: Readonly<Record<string, unknown>>) {
  const root = mkdtempSync(join(tmpdir(), "scoreline-setup-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, "models", "faq", "1");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ file }));
  if (content !== null) writeFileSync(join(folder, "model.onnx"), content);
  const done = spawnSync(process.execPath, ["--input-type=module", "-e", SCRIPT, root], {
    encoding: "utf8",
  });
  return { code: done.status, said: done.stdout, fault: done.stderr };
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
});
