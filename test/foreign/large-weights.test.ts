import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { addVersion } from "../../cli/models/add/add-version.ts";
import { Questions } from "../../cli/terminal/questions.ts";
import { contractOf } from "../../shared/model/manifest.ts";
import { checkModelFile } from "../../worker/runner/check-file.ts";
import { readManifest, runRows } from "../support/score.ts";
import { venvOf } from "../support/venv.ts";

const parent = mkdtempSync(join(tmpdir(), "large-"));
after(() => rmSync(parent, { recursive: true }));

describe("weights of more than 2 GiB beside a graph", () => {
  it("are copied, checked and served", async () => {
    const python = join(await venvOf("test/foreign/large-weights.txt"), "bin/python");
    const graph = join(parent, "table.onnx");
    execFileSync(python, ["test/foreign/large_weights.py", graph]);
    assert.ok(statSync(`${graph}.data`).size > 2 ** 31);
    const { folder, manifest } = await addVersion(graph, new Questions({ name: "table" }, null), {
      models: join(parent, "models"),
      photos: "",
      isForced: false,
      isDry: false,
      onStep: () => undefined,
    });
    assert.equal(manifest.file.weights[0]?.bytes, statSync(`${graph}.data`).size);
    const { input } = contractOf(readManifest(folder ?? ""));
    const { outputs } = await runRows(folder ?? "", [input.parse({ row: [0, 2_199_999] })]);
    const zeros = Array.from({ length: 256 }, () => 0);
    assert.deepEqual(JSON.parse(String(outputs[0])), {
      values: [zeros, [...zeros.slice(1), 1.5]],
    });
    truncateSync(join(folder ?? "", "table.onnx.data"), 2 ** 31);
    await assert.rejects(checkModelFile(folder ?? "", manifest), /has 2147483648 bytes/);
  });
});
