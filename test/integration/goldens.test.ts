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

describe("parity with scikit-learn", () => {
  const folder = resolve("models/faq-javascript/1");
  const { tolerance, cases } = paritySchema.parse(
    JSON.parse(readFileSync(join(folder, "parity.json"), "utf8")),
  );
  const registry = loadRegistry(resolve("models"));
  const { pipeline } = registry.resolve("faq-javascript@1").manifest;
  const answers = z
    .array(z.object({ id: z.string() }))
    .parse(JSON.parse(readFileSync(join(folder, "answers.json"), "utf8")));

  it("holds for the preparation of every text", () => {
    assert.ok(pipeline.type === "text-match");
    for (const { text, prepared } of cases) assert.equal(prepareText(text, pipeline), prepared);
  });

  for (const size of [1, 32]) {
    it(`holds for every test question within ${tolerance}, ${size} at a time`, async () => {
      const rows = cases.map(({ text }) => Buffer.from(text));
      const all = { top_k: 20, threshold: 0 };
      const outputs = await score(
        folder,
        rows,
        cases.map(() => all),
        size,
      );
      const matches = z.object({
        matches: z.array(z.object({ id: z.string(), probability: z.number() })),
      });
      for (const [i, { text, top }] of cases.entries()) {
        const got = matches.parse(outputs[i]).matches;
        const byId = new Map(got.map((match) => [match.id, match.probability]));
        for (const [index, probability] of top) {
          const found = byId.get(answers[index]?.id ?? "") ?? -1;
          assert.ok(
            Math.abs(found - probability) <= tolerance,
            `${text}: ${found}, ${probability}`,
          );
        }
      }
    });
  }
});
