import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { z } from "zod";
import { postJson } from "../support/client.ts";
import { assertClose } from "../support/close.ts";
import { System } from "../support/system.ts";
import { venvOf } from "../support/venv.ts";

const run = promisify(execFile);
const TABLES = "test/foreign/tables";
const casesSchema = z.record(
  z.string(),
  z.array(z.object({ input: z.unknown(), output: z.unknown() })),
);

describe("a graph with a manifest by hand", () => {
  const folder = mkdtempSync(join(tmpdir(), "by-hand-"));
  after(() => rmSync(folder, { recursive: true }));
  let system: System & { url: string };
  let cases: z.infer<typeof casesSchema> = {};
  before(async () => {
    const venv = await venvOf(join(TABLES, "tables.txt"));
    await run(join(venv, "bin/python"), [join(TABLES, "by_hand.py"), folder]);
    cases = casesSchema.parse(JSON.parse(readFileSync(join(folder, "cases.json"), "utf8")));
    rmSync(join(folder, "cases.json"));
    system = await System.start({ MODELS_DIR: folder });
  });
  after(async () => system[Symbol.asyncDispose]());

  const names = ["one-row-out", "one-row", "half", "log", "past", "pairs"];
  for (const name of names) {
    it(`answers rightly, alone and beside others: ${name}`, async () => {
      const url = `${system.url}/v1/models/${name}/jobs`;
      const own = cases[name] ?? [];
      assert.ok(own.length > 1);
      const replies = await Promise.all(own.map(async ({ input }) => postJson(url, { input })));
      for (const [i, { status, body }] of replies.entries()) {
        assert.equal(status, 200, body.detail);
        assertClose(body.output, own[i]?.output);
      }
      if (name === "pairs") return; // of which a job has one
      const { body } = await postJson(url, { inputs: own.map(({ input }) => input) });
      assertClose(
        body.outputs,
        own.map(({ output }) => output),
      );
    });
  }

  it("is tried whole", () => assert.deepEqual(Object.keys(cases), names));
});
