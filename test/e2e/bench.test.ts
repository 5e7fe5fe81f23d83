import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Nothing here depends on how fast the machine is. */
describe("npm run bench -- --quick", () => {
  let out = "";
  before(() => {
    out = mkdtempSync(join(tmpdir(), "scoreline-bench-"));
  });
  after(() => rmSync(out, { recursive: true }));

  const bench = async (...more: readonly string[]) => {
    const args = ["test/bench/main.ts", "--quick", "--models", "faq", "--out", out, ...more];
    return run(process.execPath, args);
  };

  it("measures each arm of ours, finds every answer right and goes on where it stopped", async () => {
    await bench("--arms", "ours");
    const { stdout } = await bench();
    assert.match(stdout, /Wrong answers: 0\./);
    const measured = [...stdout.matchAll(/^round 1 {2}faq {2}(\S+) +(\S+)/gm)];
    assert.deepEqual(
      measured.map(([, arm, step]) => `${arm} ${step}`),
      ["ours-async closed-8", "ours-varied closed-8", "direct closed-8"],
    );
    const report = readFileSync(join(out, "report.md"), "utf8");
    for (const arm of ["ours", "ours-async", "ours-varied", "direct"]) {
      assert.match(report, new RegExp(`\\| ${arm} +\\|`));
    }
    assert.match(report, /bytes a queued FAQ job beyond its input, 8 clients \| [\d,.]+ +\|/);
  });

  it("refuses to mix samples of different code", async () => {
    const path = join(out, "samples.json");
    const samples = readFileSync(path, "utf8");
    const others = samples.replace(/"code": "[0-9a-f]{12}"/, '"code": "another"');
    assert.notEqual(others, samples);
    writeFileSync(path, others);
    await assert.rejects(bench(), /samples of other code/);
  });
});
