import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { contractOf } from "../../shared/model/manifest.ts";
import { readManifest, runRows } from "../support/score.ts";

const folder = resolve("test/fixtures/models/mixed-columns/1");
const outputSchema = z.strictObject({
  label: z.string(),
  probabilities: z.strictObject({ no: z.number(), yes: z.number() }),
  score: z.number(),
});
const casesSchema = z
  .array(z.object({ input: z.record(z.string(), z.unknown()), output: outputSchema }))
  .min(50);

describe("the pipeline tabular", () => {
  it("answers as onnxruntime in Python, for text, number and boolean columns", async () => {
    const text = readFileSync(join(folder, "cases.json"), "utf8");
    const cases = casesSchema.parse(JSON.parse(text));
    const { input } = contractOf(readManifest(folder));
    const { failures, outputs } = await runRows(
      folder,
      cases.map((one) => input.parse(one.input)),
    );
    assert.ok(failures.every((failure) => failure === null));
    for (const [i, { output: wanted }] of cases.entries()) {
      const got = outputSchema.parse(JSON.parse(String(outputs[i])));
      assert.equal(got.label, wanted.label);
      const pairs = [
        [got.score, wanted.score],
        [got.probabilities.no, wanted.probabilities.no],
        [got.probabilities.yes, wanted.probabilities.yes],
      ] as const;
      for (const [a, b] of pairs) assert.ok(Math.abs(a - b) <= 1e-5, `${i}: ${a}, ${b}`);
    }
  });
});
