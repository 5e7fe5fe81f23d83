import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { ask, postBytes, postJson } from "../support/client.ts";
import { casesOf, FOLDERS, writeVersion } from "../support/hub-folders.ts";
import { System } from "../support/system.ts";

const listSchema = z.strictObject({
  object: z.literal("list"),
  data: z.array(
    z.strictObject({
      object: z.literal("embedding"),
      index: z.int(),
      embedding: z.union([z.array(z.number()), z.string()]),
      truncated: z.literal(true).optional(),
    }),
  ),
  model: z.literal("embedding@1"),
  usage: z.strictObject({ prompt_tokens: z.int(), total_tokens: z.int() }),
});

const errorSchema = z.strictObject({
  error: z.strictObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string(),
  }),
});

const known = z.object({ text: z.union([z.string(), z.array(z.int())]) });
const vectorSchema = z.object({ embedding: z.array(z.number()), tokens: z.int() });

describe("the dialect of OpenAI", () => {
  let system: System & { url: string };
  before(async () => {
    const models = mkdtempSync(join(tmpdir(), "scoreline-openai-"));
    for (const name of ["embedding", "classification", "pair", "entities"]) {
      await writeVersion(join(FOLDERS, name), models);
    }
    system = await System.start({ MODELS_DIR: models });
    system.removes(models);
  });
  after(async () => system[Symbol.asyncDispose]());

  const post = async (body: unknown): Promise<Response> =>
    ask(`${system.url}/openai/v1/embeddings`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const embed = async (body: object): Promise<z.infer<typeof listSchema>> => {
    const response = await post({ model: "embedding", ...body });
    const answer: unknown = await response.json();
    assert.equal(response.status, 200, JSON.stringify(answer));
    return listSchema.parse(answer);
  };

  const cases = casesOf("embedding").flatMap(({ input, parameters, output }) =>
    Object.keys(parameters).length > 0
      ? []
      : [{ input: known.parse(input).text, ...vectorSchema.parse(output) }],
  );

  it("answers a text, and says how many tokens it had", async () => {
    const [one] = cases;
    assert.ok(one !== undefined);
    const { data, usage } = await embed({ input: one.input, user: "somebody" });
    assertNear(data[0]?.embedding, one.embedding);
    assert.deepEqual(usage, { prompt_tokens: one.tokens, total_tokens: one.tokens });
  });

  it("answers a list of more texts than one job takes, in their order", async () => {
    const texts = cases.filter((one) => typeof one.input === "string");
    const many = Array.from({ length: 10 }, () => texts).flat();
    const { data, usage } = await embed({ input: many.map(({ input }) => input) });
    assert.deepEqual(
      data.map(({ index }) => index),
      many.map((_, i) => i),
    );
    for (const [i, { embedding }] of many.entries()) assertNear(data[i]?.embedding, embedding);
    assert.equal(
      usage.total_tokens,
      many.reduce((sum, { tokens }) => sum + tokens, 0),
    );
    assert.ok(data.some(({ truncated }) => truncated === true));
  });

  it("takes lists of token ids, and answers in base64 and with fewer dimensions", async () => {
    const ids = cases.find((one) => typeof one.input !== "string");
    assert.ok(ids !== undefined);
    for (const input of [ids.input, [ids.input]]) {
      const { data } = await embed({ input, encoding_format: "base64" });
      const bytes = Buffer.from(String(data[0]?.embedding), "base64");
      const floats = ids.embedding.map((_, i) => bytes.readFloatLE(4 * i));
      assertNear(floats, ids.embedding);
    }
    const { data } = await embed({ input: ids.input, dimensions: 4 });
    const first = ids.embedding.slice(0, 4);
    const length = Math.hypot(...first);
    assertNear(
      data[0]?.embedding,
      first.map((value) => value / length),
    );
  });

  it("lists the names that give embeddings, and no others", async () => {
    const models = await (await ask(`${system.url}/openai/v1/models`)).json();
    const own = { id: "embedding", object: "model", created: 0, owned_by: "scoreline" };
    assert.deepEqual(models, { object: "list", data: [own] });
    const one = await (await ask(`${system.url}/openai/v1/models/embedding`)).json();
    assert.deepEqual(one, own);
    const other = await ask(`${system.url}/openai/v1/models/pair`);
    assert.equal(other.status, 404);
    assert.equal(errorSchema.parse(await other.json()).error.type, "not_found_error");
  });

  const wrong: readonly (readonly [what: string, body: object, status: number, param: string])[] = [
    ["an unknown model", { model: "nope", input: "a" }, 404, ""],
    ["a model of another pipeline", { model: "pair", input: "a" }, 400, "model"],
    ["an empty text among others", { input: ["a", ""] }, 400, "input[1]"],
    ["no input", {}, 400, "input"],
    [
      "one of several lists of tokens that is too long",
      { input: [[2], Array.from({ length: 25 }, () => 2)] },
      400,
      "input[1]",
    ],
    ["an empty list", { input: [] }, 400, "input"],
    ["2,049 texts", { input: Array.from({ length: 2049 }, () => "a") }, 400, "input"],
    ["too many dimensions", { input: "a", dimensions: 17 }, 400, "dimensions"],
    ["an unknown prompt", { input: "a", prompt_name: "nope" }, 400, "prompt_name"],
    ["an unknown member", { input: "a", truncate: true }, 400, "truncate"],
    ["a token that there is not", { input: [2, 99_999, 3] }, 400, "input"],
    [
      "more tokens than the model takes",
      { input: Array.from({ length: 25 }, () => 2) },
      400,
      "input",
    ],
  ];
  for (const [what, body, status, param] of wrong) {
    it(`refuses ${what} in OpenAI's shape`, async () => {
      const response = await post({ model: "embedding", ...body });
      const answer: unknown = await response.json();
      assert.equal(response.status, status, JSON.stringify(answer));
      assert.equal(errorSchema.parse(answer).error.param ?? "", param, JSON.stringify(answer));
    });
  }

  it("stands beside our own API, which serves the other text pipelines as well", async () => {
    const jobs = (model: string): string => `${system.url}/v1/models/${model}/jobs`;
    const mood = await postBytes(jobs("classification"), Buffer.from("hello"), "text/plain");
    const [first] = casesOf("classification");
    assert.deepEqual(labelsOf(mood.body.output), labelsOf(first?.output));
    const { input: pair, output } = casesOf("pair")[0] ?? {};
    const ranked = await postJson(jobs("pair"), { inputs: [pair, pair] });
    const { score } = scoreSchema.parse(output);
    for (const one of ranked.body.outputs ?? []) {
      assert.ok(Math.abs(scoreSchema.parse(one).score - score) < 1e-5);
    }
    assert.equal(ranked.body.outputs?.length, 2);
    const found = await postJson(jobs("entities"), { input: { text: "" } });
    assert.deepEqual(found.body.errors, [{ detail: "is empty", pointer: "/input/text" }]);
  });
});

const scoreSchema = z.object({ score: z.number() });

function labelsOf(output: unknown): readonly string[] {
  const schema = z.object({ predictions: z.array(z.object({ label: z.string() })) });
  return schema.parse(output).predictions.map(({ label }) => label);
}

function assertNear(actual: unknown, wanted: readonly number[]): void {
  assert.ok(Array.isArray(actual) && actual.length === wanted.length, JSON.stringify(actual));
  for (const [i, value] of wanted.entries()) {
    assert.ok(Math.abs(Number(actual[i]) - value) < 1e-5, `${i}: ${actual[i]}, not ${value}`);
  }
}
