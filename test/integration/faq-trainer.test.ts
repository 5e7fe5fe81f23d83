import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { z } from "zod";
import { loadRegistry } from "../../shared/model/registry.ts";
import { assertDone, noTrainer as skip, smallTables, TrainerPlace } from "../support/trainer.ts";
import { prepareText } from "../../worker/runner/pipelines/text-match/prepare-text.ts";
import { runBatch } from "../../worker/runner/run-batch.ts";
import { Sessions } from "../../worker/runner/sessions.ts";

const paritySchema = z.object({
  cases: z
    .array(
      z.object({
        text: z.string(),
        prepared: z.string(),
        top: z.array(z.tuple([z.number(), z.number()])),
      }),
    )
    .min(30),
});
const answersSchema = z.array(z.object({ id: z.string() }));
const matchesSchema = z.object({
  matches: z.array(z.looseObject({ id: z.string(), probability: z.number() })),
});
const goldenSchema = z.object({
  cases: z
    .array(
      z.object({
        input: z.object({ text: z.string() }),
        parameters: z.record(z.string(), z.unknown()),
        output: matchesSchema,
      }),
    )
    .min(30),
});
type Matches = z.infer<typeof matchesSchema>["matches"];
const TOLERANCE = 1e-5;

const places: TrainerPlace[] = [];

function newPlace(): TrainerPlace {
  const place = new TrainerPlace();
  places.push(place);
  return place;
}

after(() => {
  for (const { folder } of places) rmSync(folder, { recursive: true });
});

/** Holds all fixtures of a version against the runner's own code. */
async function assertServed(folder: string): Promise<void> {
  const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), "utf8"));
  const answers = answersSchema.parse(read("answers.json"));
  const { cases } = paritySchema.parse(read("parity.json"));
  const texts = cases.map(({ text }) => text);
  const all = texts.map(() => ({ top_k: 20, threshold: 0 }));
  for (const [i, matches] of (await score(folder, texts, all)).entries()) {
    const byId = new Map(matches.map((match) => [match.id, match.probability]));
    for (const [place, wanted] of cases[i]?.top ?? []) {
      assertNear(byId.get(answers[place]?.id ?? ""), wanted, texts[i]);
    }
  }
  const golden = goldenSchema.parse(read("golden.json")).cases;
  const parameters = golden.map((one) => one.parameters);
  const questions = golden.map(({ input }) => input.text);
  for (const [i, matches] of (await score(folder, questions, parameters)).entries()) {
    const wanted = golden[i]?.output.matches ?? [];
    assert.equal(matches.length, wanted.length);
    for (const [place, match] of wanted.entries()) {
      assertNear(matches[place]?.probability, match.probability, questions[i]);
    }
    const [first, second] = wanted;
    if (first === undefined || first.probability - (second?.probability ?? 0) < TOLERANCE) continue;
    assert.deepEqual({ ...matches[0], probability: 0 }, { ...first, probability: 0 });
  }
}

async function score(
  folder: string,
  texts: readonly string[],
  parameters: readonly Readonly<Record<string, unknown>>[],
): Promise<Matches[]> {
  const sessions = new Sessions();
  await sessions.load(folder);
  const rows = texts.map((text) => Buffer.from(text));
  const { failures, outputs } = await runBatch(await sessions.get(folder), rows, parameters);
  assert.deepEqual(new Set(failures), new Set([null]));
  return outputs.map((output) => matchesSchema.parse(JSON.parse(output.toString())).matches);
}

function assertNear(actual: number | undefined, wanted: number, text: string | undefined): void {
  const difference = Math.abs((actual ?? -1) - wanted);
  assert.ok(difference <= TOLERANCE, `${text}: off by ${difference}`);
}

describe("the FAQ trainer", () => {
  const kinds: readonly (readonly string[])[] = [
    ["--estimator=logistic", "--subwords=3,4", "--threshold=0.3"],
    ["--estimator=svm", "--subwords=none", "--ngrams=1,2", "--class-weight=balanced"],
    ["--estimator=ridge", "--subwords=2,3", "--max-features=300", "--binary"],
    ["--estimator=naive-bayes", "--no-idf", "--min-df=1", "--extra=answers"],
  ];
  it("writes versions that the runner serves as scikit-learn does", { skip }, async () => {
    const place = newPlace();
    const tables = place.write(smallTables(5));
    assertDone(await place.trainEach(kinds.map((options) => [...tables, ...options])));
    const { versions } = loadRegistry(place.models);
    assert.equal(versions.length, kinds.length);
    for (const [i, { folder, manifest }] of versions.entries()) {
      const { pipeline } = manifest;
      assert.ok(pipeline.type === "text-match");
      assert.equal(pipeline.threshold.default, kinds[i]?.includes("--threshold=0.3") ? 0.3 : 0);
      const file = readFileSync(join(folder, "parity.json"), "utf8");
      for (const { text, prepared } of paritySchema.parse(JSON.parse(file)).cases) {
        assert.equal(prepareText(text, pipeline), prepared);
      }
      await assertServed(folder);
    }
  });

  it(
    "writes pairs of question and original as one graph that takes a question",
    { skip },
    async () => {
      const place = newPlace();
      const tables = place.write(smallTables(25));
      const pairs = ["--recipe=pairs", "--trees=40", "--leaf-pairs=3", "--others=5"];
      const runs = [["--subwords=none", "--max-batch-size=8", "--no-preload"], ["--subwords=3,4"]];
      assertDone(await place.trainEach(runs.map((options) => [...tables, ...pairs, ...options])));
      const { versions } = loadRegistry(place.models);
      assert.deepEqual(
        versions.map(({ manifest }) => [manifest.batching.max_batch_size, manifest.preload]),
        [
          [8, false],
          [32, true],
        ],
      );
      for (const { folder } of versions) await assertServed(folder);
      const ranks = z
        .array(z.number().min(1))
        .parse(JSON.parse(readFileSync(join(place.report, "ranks.json"), "utf8")));
      const heldOut = readFileSync(join(place.report, "held-out.ndjson"), "utf8")
        .trim()
        .split("\n");
      assert.equal(ranks.length, heldOut.length);
    },
  );

  it("serves two originals, without answers, and with odd ids", { skip }, async () => {
    const place = newPlace();
    const tables = place.write({
      originals: "id\tquestion\n17\tHow do I sort?\n#4 \tHow do I sleep?\n",
      duplicates: "id\ttext\r\n17\tsort it\r\n#4\tsleep a while\r\n17\thow to sort\r\n#4\tto sleep",
    });
    assertDone(await place.train(tables));
    await assertServed(join(place.models, "small/1"));
  });
});
