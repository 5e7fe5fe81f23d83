import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { z } from "zod";
import { batchOf } from "../support/batch-client.ts";
import { BatchUploads } from "../support/batch-uploads.ts";
import { cli } from "../support/cli.ts";
import { ask, postJson } from "../support/client.ts";
import { assertClose } from "../support/close.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";
import { venvOf } from "../support/venv.ts";

const run = promisify(execFile);
const TABLES = "test/foreign/tables";
/** Rows of a job at most. */
const ROWS = 32;

const recordSchema = z.record(z.string(), z.unknown());
const caseSchema = z.object({
  rows: z.array(recordSchema).min(8),
  outputs: z.array(recordSchema),
  tolerance: z.number(),
});
type Case = z.infer<typeof caseSchema>;

/** Exports that are refused as they are: the sentence that gets their owner further, and what it leads to. */
const REFUSED: Readonly<Record<string, { readonly says: RegExp; readonly flags?: string[] }>> = {
  "lightgbm-zipmap": {
    says: /convert_lightgbm\(model, .*zipmap=False\)/,
    flags: ["--plain-outputs"],
  },
  "titanic-zipmap": { says: /\{"zipmap": False\}/, flags: ["--plain-outputs"] },
  "one-row": { says: /FloatTensorType\(\[None, 30\]\)/, flags: ["--unbatched"] },
  "several-labels": { says: /serve the others alone/, flags: ["--outputs", "label"] },
  spam: { says: /"tokenexp": r"\[\\p\{L\}\\p\{N\}_\]\{2,\}", "locale": "C.UTF-8"/ },
  "spam-1d": { says: /"tokenexp": r"\[\\p\{L\}\\p\{N\}_\]\{2,\}", "locale": "C.UTF-8"/ },
};

/** What stands behind "missing" in the report; of the others, nothing. */
const MISSING: Readonly<Record<string, string>> = {
  "lightgbm-value-plain": "all columns",
  "lightgbm-plain": "all columns",
  "lightgbm-zipmap": "all columns",
  "titanic-zipmap": "all columns",
  "lightgbm-gaps": "all columns",
  "lightgbm-unseen-gaps": "all columns",
  "lightgbm-value-gaps": "all columns",
  "xgboost-value-plain": "",
  "xgboost-gaps": "all columns",
  "xgboost-value-gaps": "all columns",
  "hist-gaps": "all columns",
  "hist-value-gaps": "all columns",
  titanic: "all columns",
  "learnt-gaps": "all columns",
  "ordinal-gaps": "age, fare, port",
  "filled-texts": "all columns",
};

/** Also sent as lines and as CSV, of which numbers are read without a parser and run as blocks. */
const BULK: ReadonlySet<string> = new Set(["xgboost-gaps", "hist-value-gaps", "titanic"]);

describe("a table of scikit-learn, LightGBM or XGBoost", () => {
  const folder = mkdtempSync(join(tmpdir(), "tables-"));
  const models = join(folder, "models");
  after(() => rmSync(folder, { recursive: true }));
  let cases: Readonly<Record<string, Case>> = {};
  let system: System & { url: string };
  before(async () => {
    const venv = await venvOf(join(TABLES, "tables.txt"));
    // Boosters spin on every core for the next small step: on a busy machine that takes minutes.
    const env = { ...process.env, OMP_NUM_THREADS: "1" };
    await run(join(venv, "bin/python"), [join(TABLES, "tables.py"), folder], { env });
    const text = readFileSync(join(folder, "cases.json"), "utf8");
    cases = z.record(z.string(), caseSchema).parse(JSON.parse(text));
    await add("double");
    system = await System.start({ MODELS_DIR: models });
  });
  after(async () => system[Symbol.asyncDispose]());

  async function add(name: string, ...flags: string[]): ReturnType<typeof cli> {
    const file = join(folder, `${name}.onnx`);
    return cli(["models", "add", file, "--name", name, ...flags], { MODELS_DIR: models });
  }

  it("is added and answers as its library predicts, or is refused with what helps", async (t) => {
    assert.ok(Object.keys(cases).length > 25);
    for (const [name, one] of Object.entries(cases)) {
      await t.test(name, async () => {
        const refusal = REFUSED[name];
        let added = name === "double" ? { code: 0, out: "", err: "" } : await add(name);
        if (refusal !== undefined) {
          assert.notEqual(added.code, 0);
          assert.match(added.err, refusal.says);
          if (refusal.flags === undefined) return;
          added = await add(name, ...refusal.flags);
        }
        assert.equal(added.code, 0, added.err);
        const missing = /^missing +allowed in (.*):/m.exec(added.out)?.[1] ?? "";
        assert.equal(missing, MISSING[name] ?? "");
        await answers(name, one, refusal?.flags?.includes("--unbatched") === true ? 1 : ROWS);
        if (BULK.has(name)) await answersInBulk(name, one);
      });
    }
  });

  /** Outputs that were left out are not compared. */
  async function answers(name: string, { rows, outputs, tolerance }: Case, most: number) {
    const url = `${system.url}/v1/models/${name}`;
    await until(`${name} is served`, async () => (await ask(url)).ok);
    for (let from = 0; from < rows.length; from += most) {
      const inputs = rows.slice(from, from + most);
      const { status, body } = await postJson(`${url}/jobs`, { inputs });
      assert.equal(status, 200, body.detail);
      for (const [i, output] of (body.outputs ?? []).entries()) {
        const members = Object.entries(recordSchema.parse(output));
        assert.ok(members.length > 0);
        for (const [member, value] of members) {
          assertClose(value, outputs[from + i]?.[member], tolerance);
        }
      }
    }
  }

  async function answersInBulk(name: string, { rows, outputs, tolerance }: Case): Promise<void> {
    const batches = new BatchUploads(system.url);
    const names = Object.keys(rows[0] ?? {});
    const head = { batch: { model: name } };
    const lines = [head, ...rows.map((input) => ({ input }))];
    const csv = [names, ...rows.map((row) => names.map((column) => row[column]))];
    for (const [body, type] of [
      [lines.map((line) => JSON.stringify(line)), "application/x-ndjson"],
      [csv.map((fields) => fields.join(",")), "text/csv"],
    ] as const) {
      const path = type === "text/csv" ? `?model=${name}` : "";
      const reply = await batches.post(path, body.join("\n"), { "content-type": type });
      const results = await batches.all((await batchOf(reply)).id);
      assertClose(
        results.map(({ output }) => output),
        outputs,
        tolerance,
      );
    }
  }
});
