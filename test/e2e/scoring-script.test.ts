import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { postBytes, postJson, request, type Reply } from "../support/client.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const EXAMPLE = "test/fixtures/models/script-example/1";

/** Does to its runner what its input says. */
const HOSTILE = `
const kept = [];
const acts = {
  throw: () => { throw new Error("no luck\\nwith a second line"); },
  blame: () => { throw Object.assign(new Error("unheard of"), { name: "InputError" }); },
  hang: () => { for (;;); },
  wait: () => new Promise(() => {}),
  exit: () => process.exit(0),
  leak: () => { for (;;) kept.push(new Array(1e6).fill(0.5)); },
};
export async function preprocess({ act }) {
  await acts[act]?.();
  const length = act === "shape" ? 3 : 2;
  return { ids: { dtype: "int64", dims: [length], data: new BigInt64Array(length).fill(1n) } };
}
export function postprocess({ y }, { act }) {
  if (act !== undefined) acts[act]();
  return { sum: y.data[0] + y.data[1] };
}
`;
const HOSTILE_SCHEMAS = {
  input: { type: "object", properties: { act: { type: "string" } }, required: ["act"] },
  output: { type: "object", properties: { sum: { type: "number" } }, required: ["sum"] },
  parameters: { type: "object", properties: { act: { type: "string" } } },
};

interface Members {
  readonly pipeline: object;
}

describe("a scoring script", () => {
  const models = mkdtempSync(join(tmpdir(), "scoreline-scripts-"));
  const moduleOf = (name: string): string => join(models, name, "1", "pipeline.mjs");
  let system: System & { url: string };

  /** A model of the example's graph with another script. */
  function write(name: string, text: string, runTimeoutMs = 3000): void {
    const folder = join(models, name, "1");
    cpSync(EXAMPLE, folder, { recursive: true });
    const path = join(folder, "manifest.json");
    const manifest: Members = JSON.parse(readFileSync(path, "utf8"));
    const pipeline = { type: "script", module: "pipeline.mjs", ...HOSTILE_SCHEMAS };
    const batching = { max_batch_size: 8, max_queue_delay_ms: 200 };
    writeFileSync(
      path,
      JSON.stringify({ ...manifest, name, pipeline, batching, run_timeout_ms: runTimeoutMs }),
    );
    writeFileSync(moduleOf(name), text);
  }

  before(async () => {
    cpSync(EXAMPLE, join(models, "script-example", "1"), { recursive: true });
    write("hostile", HOSTILE);
    // On a busy machine it takes a while to fill a heap.
    write("patient", HOSTILE, 30_000);
    write("missing", HOSTILE);
    rmSync(moduleOf("missing"));
    write("broken", "export const preprocess = 1;");
    // A runner's heap is small here, so that one which leaks fills it soon.
    const NODE_OPTIONS = "--max-old-space-size=128";
    system = await System.start({ MODELS_DIR: models, WORKER_SLOTS: "1", NODE_OPTIONS });
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  const jobs = (model: string): string => `${system.url}/v1/models/${model}/jobs`;
  const act = async (how: string, model = "hostile"): Promise<Reply> =>
    postJson(jobs(model), { input: { act: how } });

  describe("that works", () => {
    const score = async (body: object): Promise<Reply> => postJson(jobs("script-example"), body);

    it("answers what it makes of the model's outputs, with parameters", async () => {
      const grades = ["fair", "great"];
      const one = await score({ input: { grades } });
      assert.deepEqual([one.status, one.body.output], [200, { points: 40 }], one.body.detail);
      const many = await score({
        inputs: [{ grades }, { grades: ["poor", "good"] }],
        parameters: { factor: 0.5 },
      });
      assert.deepEqual(many.body.outputs, [{ points: 20 }, { points: 10 }]);
    });

    it("is described by its own schemas, which refuse before it runs", async () => {
      const { pipeline } = JSON.parse(readFileSync(join(EXAMPLE, "manifest.json"), "utf8"));
      const { body } = await request(`${system.url}/v1/models/script-example`);
      const { $schema, ...shown } = Object(body["input_schema"]);
      assert.match($schema, /2020-12/);
      assert.deepEqual(shown, pipeline.input);
      const bad = await score({ input: { grades: ["fair", 1] } });
      assert.deepEqual([bad.status, bad.body.errors?.[0]?.pointer], [422, "/input/grades/1"]);
      const stray = await score({ input: { grades: ["fair", "fair"], mood: 1 } });
      assert.equal(stray.body.code, "unknown_field");
      const parameters = { factor: "2" };
      const wrong = await score({ input: { grades: ["fair", "fair"] }, parameters });
      assert.equal(wrong.body.errors?.[0]?.pointer, "/parameters/factor");
      assert.equal((await postBytes(jobs("hostile"), Buffer.from("a"), "text/plain")).status, 415);
    });

    it("may blame the input", async () => {
      const { status, body } = await score({ input: { grades: ["fair", "odd"] } });
      assert.deepEqual(
        [status, body.code, body.detail],
        [422, "invalid_input", "No such grade: odd"],
      );
    });
  });

  const cases = [
    ["throws", "throw", 502, "model_error", /: no luck$/],
    ["blames the input", "blame", 422, "invalid_input", /^unheard of$/],
    [
      "makes a row of another shape",
      "shape",
      502,
      "model_error",
      /"ids" of shape \[3\], not \[2\]/,
    ],
    ["hangs", "hang", 504, "attempt_timeout", /./],
    ["waits for ever", "wait", 504, "attempt_timeout", /./],
    ["exits", "exit", 502, "model_crash", /./],
    ["leaks memory", "leak", 502, "model_crash", /./, "patient"],
  ] as const;
  for (const [what, how, status, code, detail, model] of cases) {
    it(`that ${what} fails its own job, and its companions are answered`, async () => {
      const [bad, ...good] = await Promise.all([how, "a", "b"].map(async (one) => act(one, model)));
      assert.deepEqual([bad?.status, bad?.body.code], [status, code], bad?.body.detail);
      assert.match(bad?.body.detail ?? "", detail);
      for (const { status: ours, body } of good) {
        assert.deepEqual([ours, body.output], [200, { sum: 20 }], body.detail);
      }
    });
  }

  it("that exits after the run fails its own job as well", async () => {
    const exiting = { input: { act: "a" }, parameters: { act: "exit" } };
    const [bad, good] = await Promise.all([postJson(jobs("hostile"), exiting), act("a")]);
    assert.deepEqual([bad?.body.code, good?.status], ["model_crash", 200]);
  });

  for (const [name, how] of [
    ["missing", "is missing"],
    ["broken", "exports something else"],
  ] as const) {
    it(`whose module ${how} makes its version unavailable until it is mended`, async () => {
      assert.equal((await act("a", name)).body.code, "model_unavailable");
      await until("the gateway says so", async () => {
        const { body } = await act("a", name);
        return body.detail?.includes("file or script cannot be loaded") === true;
      });
      assert.equal((await act("a")).status, 200, "others are not disturbed");
      writeFileSync(moduleOf(name), HOSTILE);
      await until("it is scored", async () => (await act("a", name)).status === 200);
    });
  }
});
