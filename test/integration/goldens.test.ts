import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { readGoldens } from "../../cli/models/goldens.ts";
import { isNotPulled, loadRegistry } from "../../shared/model/registry.ts";
import { pipelineOf } from "../../shared/model/pipelines.ts";
import { prepareText } from "../../worker/runner/pipelines/text-match/prepare-text.ts";
import { runBatch } from "../../worker/runner/run-batch.ts";
import { Sessions } from "../../worker/runner/sessions.ts";

const paritySchema = z.object({
  tolerance: z.number(),
  cases: z
    .array(
      z.object({
        text: z.string(),
        prepared: z.string(),
        top: z.array(z.tuple([z.number(), z.number()])),
      }),
    )
    .min(100),
});

const truthSchema = z.object({ expected: z.object({ id: z.string() }) });
const matchesSchema = z.object({
  matches: z.array(z.object({ id: z.string(), probability: z.number() })),
});
type Matches = z.infer<typeof matchesSchema>["matches"];

/** As many matches as may be asked for. */
const SHOWN = 20;

const sessions = new Sessions();

/** All rows through the runner's own code, `size` at a time. @returns outputs as JSON */
async function score(
  folder: string,
  rows: readonly Buffer[],
  parameters: readonly Readonly<Record<string, unknown>>[],
  size: number,
): Promise<unknown[]> {
  await sessions.load(folder);
  const model = await sessions.get(folder);
  const outputs: unknown[] = [];
  for (let i = 0; i < rows.length; i += size) {
    const batch = await runBatch(model, rows.slice(i, i + size), parameters.slice(i, i + size));
    assert.deepEqual(
      batch.failures.filter((failure) => failure !== null),
      [],
    );
    outputs.push(...batch.outputs.map((output) => JSON.parse(output.toString()) as unknown));
  }
  return outputs;
}

describe("goldens", () => {
  for (const version of loadRegistry(resolve("models")).versions) {
    const { id, folder, manifest } = version;
    if (isNotPulled(version)) {
      it(`of ${id}`, { skip: "its file is not pulled" });
      continue;
    }
    const goldens = readGoldens(version);
    if (goldens === undefined && manifest.file.source !== undefined) {
      it(`of ${id}`, { skip: "it has none yet" });
      continue;
    }
    for (const size of [1, manifest.batching.max_batch_size]) {
      it(`of ${id} at batch ${size}`, async () => {
        assert.ok(goldens !== undefined, "golden.json is missing");
        const { cases, tolerance } = goldens;
        const rows = cases.map(({ row }) => row);
        const parameters = cases.map((golden) => golden.parameters);
        const outputs = await score(folder, rows, parameters, size);
        for (const [i, { name, output }] of cases.entries()) {
          const allowed = { absolute: tolerance, relative: 0 };
          const { compare } = pipelineOf(manifest.pipeline);
          assert.equal(compare(outputs[i], output, allowed).difference, undefined, name);
        }
      });
    }
  }
});

/** Versions of the FAQ, and which of their questions are asked here: the trainer asked all of them. */
const FAQS = [
  { version: 1, sizes: [1, 32], every: 1 },
  { version: 2, sizes: [1, 8], every: 20 },
] as const;

for (const { version, sizes, every } of FAQS) {
  describe(`parity of faq-javascript@${version} with scikit-learn`, () => {
    const folder = resolve(`models/faq-javascript/${version}`);
    const { tolerance, cases: all } = paritySchema.parse(
      JSON.parse(readFileSync(join(folder, "parity.json"), "utf8")),
    );
    const cases = all.filter((_, i) => i % every === 0);
    const registry = loadRegistry(resolve("models"));
    const { pipeline } = registry.resolve(`faq-javascript@${version}`).manifest;
    const answers = z
      .array(z.object({ id: z.string() }))
      .parse(JSON.parse(readFileSync(join(folder, "answers.json"), "utf8")));
    const ranks = z
      .array(z.number())
      .parse(JSON.parse(readFileSync(join(folder, `../data/ranks-${version}.json`), "utf8")));
    const truths = readFileSync(join(folder, "../data/held-out.ndjson"), "utf8")
      .trim()
      .split("\n")
      .map((line) => truthSchema.parse(JSON.parse(line)).expected.id);

    it("holds for the preparation of every text", () => {
      assert.ok(pipeline.type === "text-match");
      for (const { text, prepared } of all) assert.equal(prepareText(text, pipeline), prepared);
    });

    for (const size of sizes) {
      const which = every === 1 ? "every test question" : `one in ${every} test questions`;
      it(`holds for ${which} within ${tolerance}, ${size} at a time`, async () => {
        const rows = cases.map(({ text }) => Buffer.from(text));
        const parameters = cases.map(() => ({ top_k: SHOWN, threshold: 0 }));
        const outputs = await score(folder, rows, parameters, size);
        for (const [i, { text, top }] of cases.entries()) {
          const { matches } = matchesSchema.parse(outputs[i]);
          const byId = new Map(matches.map((match) => [match.id, match.probability]));
          for (const [index, probability] of top) {
            const found = byId.get(answers[index]?.id ?? "") ?? -1;
            assert.ok(
              Math.abs(found - probability) <= tolerance,
              `${text}: ${found}, ${probability}`,
            );
          }
          const rank = ranks[i * every];
          if (rank === undefined) continue; // It is an odd text, which has no right answer.
          assertRank(matches, truths[i * every], rank, { tolerance, text });
        }
      });
    }
  });
}

/** The right entry has the rank that was counted, or one beside it where probabilities are nearly equal. */
function assertRank(
  matches: Matches,
  truth: string | undefined,
  rank: number,
  { tolerance, text }: { readonly tolerance: number; readonly text: string },
): void {
  const place = matches.findIndex(({ id }) => id === truth);
  if (place === -1) return assert.ok(rank > SHOWN - 1, `${text}: ${truth} is missing, not ${rank}`);
  const right = matches[place]?.probability ?? 0;
  const near = matches.filter(({ probability }) => Math.abs(probability - right) <= tolerance);
  assert.ok(Math.abs(place + 1 - rank) < near.length, `${text}: rank ${place + 1}, not ${rank}`);
}
