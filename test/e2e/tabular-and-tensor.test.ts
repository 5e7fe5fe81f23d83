import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { postBytes, postJson, request, type Reply } from "../support/client.ts";
import { System } from "../support/system.ts";

const EMPTY = {
  float16: [0, 0, 0],
  float32: [0, 0, 0],
  float64: [0, 0, 0],
  int8: [0, 0, 0],
  int16: [0, 0, 0],
  int32: [0, 0, 0],
  int64: [0, 0, 0],
  uint8: [0, 0, 0],
  uint16: [0, 0, 0],
  uint32: [0, 0, 0],
  uint64: [0, 0, 0],
  bool: [false, false, false],
  string: ["", "", ""],
};

/** The members of an output, of a job that must have succeeded. */
function outputOf({ status, body }: Reply): Readonly<Record<string, unknown>> {
  assert.equal(status, 200, body.detail);
  return Object.fromEntries(Object.entries(body.output ?? {}));
}

async function refused(reply: Promise<Reply>, pointer: string, detail: RegExp): Promise<void> {
  const { status, body } = await reply;
  assert.equal(status, 422, body.detail);
  assert.equal(body.errors?.[0]?.pointer, pointer);
  assert.match(body.errors[0].detail, detail);
}

let system: System & { url: string };
before(async () => {
  system = await System.start({ MODELS_DIR: "test/fixtures/models" });
});
after(async () => system[Symbol.asyncDispose]());

const jobs = (model: string): string => `${system.url}/v1/models/${model}/jobs`;

describe("tensors over HTTP", () => {
  const all = async (members: object): Promise<Reply> =>
    postJson(jobs("all-dtypes"), { input: { ...EMPTY, ...members } });

  it("keep integers beyond 2^53 as strings, and refuse them as numbers", async () => {
    const int64 = ["9223372036854775807", "-9007199254740993", -9007199254740991];
    const uint64 = ["18446744073709551615", 0, 1];
    const output = outputOf(await all({ int64, uint64 }));
    assert.deepEqual([output["int64_out"], output["uint64_out"]], [int64, uint64]);
    const text = JSON.stringify({ input: EMPTY }).replace(
      '"int64":[0',
      '"int64":[9007199254740993',
    );
    await refused(postJson(jobs("all-dtypes"), text), "/input/int64/0", /write it as a string/);
  });

  it("keep empty strings and emoji", async () => {
    const string = ["", "👩‍🚀 naïve", "\u{FEFF} \u2028"];
    assert.deepEqual(outputOf(await all({ string }))["string_out"], string);
    await refused(all({ string: ["a", "b\0", ""] }), "/input/string/1", /U\+0000/);
  });

  it("take NaN and infinities as they are written: as strings, or in base64", async () => {
    const data = Buffer.from(Float32Array.of(Number.NaN, Infinity, -0).buffer).toString("base64");
    const float32 = { datatype: "FP32", shape: [3], encoding: "base64", data };
    assert.deepEqual(outputOf(await all({ float32 }))["float32_out"], float32);
    const strings = ["NaN", "-Infinity", "Infinity"];
    const texts = outputOf(await all({ float16: strings, float32: strings, float64: strings }));
    for (const bits of [16, 32, 64]) assert.deepEqual(texts[`float${bits}_out`], strings);
    await refused(all({ float32: [0, "nan", 0] }), "/input/float32/1", /nor "NaN"/);
    await refused(all({ float32: [0, null, 0] }), "/input/float32/1", /is not a number/);
    const text = JSON.stringify({ input: EMPTY }).replace('"float32":[0', '"float32":[1e999');
    await refused(postJson(jobs("all-dtypes"), text), "/input/float32/0", /too large/);
    const output = outputOf(
      await postJson(jobs("two-outputs"), {
        input: {
          x: [
            [0, -1],
            [1, 1],
          ],
        },
      }),
    );
    assert.deepEqual(output, {
      sums: 1,
      logs: [
        ["-Infinity", "NaN"],
        [0, 0],
      ],
    });
  });

  it("of no rows are refused", async () => {
    const url = jobs("two-outputs");
    await refused(postJson(url, { inputs: [] }), "/inputs", /0 rows/);
    await refused(postJson(url, { input: { x: [] } }), "/input/x", /0 elements/);
    const none = { datatype: "FP32", shape: [0, 2, 2], data: [] };
    await refused(postJson(url, { input: { x: none } }), "/input/x/shape", /rank 3/);
    const { status } = await postBytes(url, Buffer.alloc(0), "application/octet-stream");
    assert.equal(status, 422);
  });

  it("answer several rows in order, and name the row at fault", async () => {
    const x = [
      [1, 2],
      [3, 4],
    ];
    const typed = { datatype: "FP32", shape: [2, 2], data: [1, 1, 1, 1] };
    const { body } = await postJson(jobs("two-outputs"), { inputs: [{ x }, { x: typed }] });
    const [first, second] = body.outputs ?? [];
    assert.deepEqual(Object(first)["sums"], 10);
    assert.deepEqual(Object(second)["sums"], { datatype: "FP32", shape: [], data: [4] });
    const bad = postJson(jobs("two-outputs"), { inputs: [{ x }, { x: [[1, 2], [3]] }] });
    await refused(bad, "/inputs/1/x/1", /1 elements/);
  });

  it("that make the model throw fail their own job, with its words", async () => {
    const replies = await Promise.all(
      [0, 1, 99, 3].map(async (id) => postJson(jobs("lookup"), { input: { ids: [id, 2] } })),
    );
    assert.deepEqual(
      replies.map(({ status, body }) => [status, body.code]),
      [200, 200, 502, 200].map((status) => [status, status === 502 ? "model_error" : undefined]),
    );
    assert.match(replies[2]?.body.detail ?? "", /out of data bounds/);
  });

  it("go in as bytes where there is one input", async () => {
    const bytes = Buffer.from(Float32Array.of(1, 1, 1, 1.5).buffer);
    const reply = await postBytes(jobs("two-outputs"), bytes, "application/octet-stream");
    const { sums } = outputOf(reply);
    const data = Buffer.from(Float32Array.of(4.5).buffer).toString("base64");
    assert.deepEqual(sums, { datatype: "FP32", shape: [], encoding: "base64", data });
    const several = await postBytes(jobs("all-dtypes"), bytes, "application/octet-stream");
    assert.equal(several.status, 415);
    const short = await postBytes(
      jobs("two-outputs"),
      bytes.subarray(1),
      "application/octet-stream",
    );
    assert.deepEqual([short.status, short.body.code], [422, "invalid_input"]);
  });

  it("are described with the names of the model", async () => {
    const { input_schema: schema } = (await request(`${system.url}/v1/models/two-outputs`)).body;
    assert.deepEqual(Object.keys(Object(schema).properties), ["x"]);
    assert.deepEqual(Object(schema).required, ["x"]);
  });
});

describe("records over HTTP", () => {
  const url = (): string => jobs("mixed-columns");
  const record = { plan: "émigré 🙂", age: 41, visits: 12, member: true };

  it("are answered with label, probabilities by class, and the other outputs", async () => {
    const { label, probabilities, score } = outputOf(await postJson(url(), { input: record }));
    assert.equal(label, "no");
    assert.deepEqual(Object.keys(Object(probabilities)), ["no", "yes"]);
    assert.ok(Math.abs(Number(score) - (-2 + 41 / 50 + 1.2 + 1 - 2)) < 1e-6);
  });

  it("may miss what has a default, and hold categories that may be unknown", async () => {
    const [short, full] = [
      { plan: "", age: 0 },
      { plan: "", age: 0, visits: 3, member: false },
    ];
    const { body } = await postJson(url(), { inputs: [short, full, { ...full, visits: null }] });
    const [first, second, third] = body.outputs ?? [];
    assert.deepEqual([first, first], [second, third]);
    assert.ok(Math.abs(Number(Object(first)["score"]) - 8.3) < 1e-6);
  });

  it("may come as a table", async () => {
    const table = {
      columns: ["age", "plan"],
      data: [
        [1, "pro"],
        [2, "free"],
      ],
    };
    const [{ body: ours }, { body: theirs }] = await Promise.all([
      postJson(url(), { inputs: table }),
      postJson(url(), {
        inputs: [
          { age: 1, plan: "pro" },
          { age: 2, plan: "free" },
        ],
      }),
    ]);
    assert.equal(ours.outputs?.length, 2);
    assert.deepEqual(ours.outputs, theirs.outputs);
  });

  it("are refused with a pointer to what is wrong", async () => {
    await refused(postJson(url(), { input: { plan: "pro" } }), "/input/age", /missing/);
    await refused(postJson(url(), { input: { ...record, age: "41" } }), "/input/age", /number/);
    await refused(postJson(url(), { input: { ...record, wage: 1 } }), "/input/wage", /known/);
    await refused(postJson(url(), { inputs: [record, {}] }), "/inputs/1/plan", /missing/);
    const columns = ["plan", "age"];
    const table = (data: unknown): Promise<Reply> => postJson(url(), { inputs: { columns, data } });
    await refused(table([]), "/inputs", /0 rows/);
    await refused(
      table([
        ["pro", 1],
        ["pro", "2"],
      ]),
      "/inputs/data/1/1",
      /number/,
    );
    await refused(table(5), "/inputs", /neither a list nor a table/);
    const wrongModel = postJson(jobs("two-outputs"), { inputs: { columns, data: [["a", 1]] } });
    await refused(wrongModel, "/inputs", /not a list/);
    const long = JSON.stringify({ input: record }).replace(":12", ":9007199254740993");
    await refused(postJson(url(), long), "/input/visits", /beyond 2\^53/);
  });
});
