import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { z } from "zod";
import { pythonPackages } from "../support/python-packages.ts";
import { System } from "../support/system.ts";

const packages = pythonPackages(
  "requests==2.32.5",
  "urllib3==2.5.0",
  "idna==3.10",
  "charset-normalizer==3.4.3",
  "certifi==2025.8.3",
);
const skip = packages === undefined && "requests of PyPI cannot be had here";

const triples = z.array(z.tuple([z.string(), z.string(), z.number()])).length(3);
const computed = z.string().regex(/^Computed in \d+(?:\.\d+)? ms$/);
const faqSchema = z.object({
  top: triples,
  answers: z.array(z.string()),
  lengths: z.array(z.number()),
  scores: z.array(z.int().min(0).max(100)).length(15),
  good: z.number(),
  name: z.string(),
  older: triples,
  computed,
  version: z.string(),
  stranger: z.number(),
});
const imagesSchema = z.object({
  first: z.tuple([z.string(), z.string(), z.number()]),
  computed,
  labels: z.array(z.string()),
  lengths: z.array(z.array(z.number().min(0).max(1)).length(3)),
  older: z.array(z.string()),
  together: z.record(z.string(), z.string()),
  tops: z.array(z.string()),
});

const entries = z.array(z.object({ id: z.string(), question: z.string(), answer: z.string() }));
const manifestSchema = z.looseObject({ pipeline: z.looseObject({}) });

describe("the notebooks of the reference architecture, with requests", { skip }, () => {
  let models = "";
  let count = 0;
  let system: System & { url: string };
  before(async () => {
    models = mkdtempSync(join(tmpdir(), "scoreline-notebooks-"));
    count = likeTheReference(models);
    cpSync("models/image-classification", join(models, "image-classification"), {
      recursive: true,
    });
    system = await System.start({ MODELS_DIR: models, SCORE_MODEL: "faq-javascript" });
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true, force: true });
  });

  it("find the answers of questions, ranked over the whole FAQ", async () => {
    const found = faqSchema.parse(await notebook("faq.py", "faq-javascript", String(count)));
    assert.deepEqual(found.top[0]?.slice(0, 2), ["clone-array", "answer-of-clone-array"]);
    assert.ok(
      found.answers.every((id) => id.startsWith("answer-of-")),
      found.answers.join(),
    );
    assert.deepEqual(new Set(found.lengths), new Set([count]));
    assert.deepEqual(
      found.scores,
      found.scores.toSorted((a, b) => b - a),
    );
    assert.equal(found.good, 1);
    assert.equal(found.name, "faq-javascript");
    assert.deepEqual(found.older, found.top);
    assert.match(found.version, /^\d+\.\d+\.\d+$/);
    assert.equal(found.stranger, 401);
  });

  it("name what is on photographs, sent as files and as JSON", async () => {
    const names = ["espresso", "tripod", "fig", "pagoda", "beanbag", "cat"];
    const photos = names.map((name) => `models/image-classification/photos/${name}.jpg`);
    const found = imagesSchema.parse(
      await notebook("images.py", "image-classification", ...photos),
    );
    assert.deepEqual([found.first[0], found.first[1]], ["n07920052", "espresso"]);
    assert.deepEqual(found.older, found.labels);
    assert.deepEqual(Object.keys(found.together), names);
    assert.deepEqual(Object.values(found.together), found.labels);
    assert.deepEqual(found.tops, ["n07920052"]);
  });

  /** What one of the files prints. */
  async function notebook(file: string, service: string, ...given: string[]): Promise<unknown> {
    const url = `${system.url}/api/v1/service/${service}/score`;
    const { stdout } = await promisify(execFile)(
      "python3",
      [join("test/fixtures/azureml", file), url, system.key, ...given],
      { env: { PATH: process.env["PATH"], PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: "1" } },
    );
    return JSON.parse(stdout);
  }
});

/**
 * The FAQ as the reference's is: every question is in the ranking, and answers have ids of their own.
 *
 * @returns how many entries it has
 */
function likeTheReference(models: string): number {
  const version = join(models, "faq-javascript", "1");
  cpSync("models/faq-javascript/1", version, { recursive: true });
  const answersPath = join(version, "answers.json");
  const answers = entries.parse(JSON.parse(readFileSync(answersPath, "utf8")));
  const owned = answers.map((entry) => ({ ...entry, answer_id: `answer-of-${entry.id}` }));
  writeFileSync(answersPath, JSON.stringify(owned));
  const manifestPath = join(version, "manifest.json");
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(manifestPath, "utf8")));
  const pipeline = { ...manifest.pipeline, top_k: { default: 3, max: answers.length } };
  writeFileSync(manifestPath, JSON.stringify({ ...manifest, pipeline }));
  return answers.length;
}
