import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { cli } from "../support/cli.ts";
import { postJson } from "../support/client.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

/** Talks through Node, and past it as native libraries do. */
const TALK = `
import { writeSync } from "node:fs";
console.log("said by the script");
writeSync(2, "said by a library\\n");
`;

describe("a model that prints", () => {
  const models = mkdtempSync(join(tmpdir(), "scoreline-loud-"));
  const version = join(models, "script-example", "1");
  cpSync("test/fixtures/models/script-example/1", version, { recursive: true });
  const script = join(version, "pipeline.ts");
  writeFileSync(
    script,
    TALK +
      readFileSync(script, "utf8")
        .replace(/^import type .*$/m, "")
        .replace(/^type .*$/m, "type Script = any;"),
  );
  after(() => rmSync(models, { recursive: true }));

  it("leaves its worker's log JSON, line by line", async () => {
    await using system = await System.start({ MODELS_DIR: models, WORKER_SLOTS: "1" });
    const jobs = `${system.url}/v1/models/script-example/jobs`;
    const { body } = await postJson(jobs, { input: { grades: ["fair", "great"] } });
    assert.equal(body.status, "succeeded");
    const worker = system.roles.find(({ name }) => name === "worker");
    assert.ok(worker !== undefined);
    const outputs = (): unknown[] => worker.lines.map((line) => Object(JSON.parse(line)).output);
    for (const output of ["said by the script", "said by a library"]) {
      await until(`there is "${output}"`, () => outputs().includes(output));
    }
  });

  it("is heard by commands as notes, and their own output stays what it is", async () => {
    const env = { MODELS_DIR: models };
    const { out, err } = await cli(["models", "check", "--json", "--seconds", "0.01"], env);
    assert.doesNotThrow(() => JSON.parse(out), out);
    assert.match(err, /^runner: said by the script$/m);
    assert.match(err, /^runner: said by a library$/m);
  });
});
