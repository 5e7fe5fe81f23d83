import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { isNotPulled } from "../../shared/model/model-file.ts";
import { loadRegistry } from "../../shared/model/registry.ts";
import { contractOf } from "../../shared/model/schema.ts";
import { prepareText } from "../../worker/runner/pipeline/prepare-text.ts";
import { runBatch } from "../../worker/runner/run-batch.ts";
import { Sessions } from "../../worker/runner/sessions.ts";

const goldenSchema = z.object({
  tolerance: z.object({ probability: z.number() }),
  cases: z
    .array(
      z.object({
        name: z.string(),
        input: z.unknown().optional(),
        input_file: z.string().optional(),
        parameters: z.record(z.string(), z.unknown()),
        output: z.record(z.string(), z.unknown()),
      }),
    )
    .min(1),
});

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
  parameters: readonly Record<string, unknown>[],
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

type Golden = z.infer<typeof goldenSchema>["cases"][number];

/** Lists of what is most probable. */
const rankedSchema = z.record(
  z.string(),
  z.array(z.looseObject({ probability: z.number() })).min(1),
);
type RankedOutput = z.infer<typeof rankedSchema>;
type Ranked = RankedOutput[string][number];

function assertClose(actual: unknown, { name, output }: Golden, tolerance: number): void {
  const ranked = rankedSchema.safeParse(output);
  if (ranked.success) assertRanked(actual, { name, output: ranked.data }, tolerance);
  else assertNear(actual, output, { place: name, tolerance });
}

/** The same members and texts, and numbers within the tolerance. */
function assertNear(
  actual: unknown,
  wanted: unknown,
  { place, tolerance }: { readonly place: string; readonly tolerance: number },
): void {
  if (typeof wanted === "number") {
    assert.equal(typeof actual, "number", place);
    const difference = Math.abs(Number(actual) - wanted);
    assert.ok(difference <= tolerance, `${place}: off by ${difference}`);
  } else if (typeof wanted === "object" && wanted !== null) {
    assert.ok(typeof actual === "object" && actual !== null, place);
    const members = new Map<string, unknown>(Object.entries(actual));
    assert.deepEqual([...members.keys()].toSorted(), Object.keys(wanted).toSorted(), place);
    for (const [name, member] of Object.entries(wanted)) {
      assertNear(members.get(name), member, { place: `${place}/${name}`, tolerance });
    }
  } else assert.equal(actual, wanted, place);
}

/**
 * Every expected entry is there with its probability, but for one so close to the last that another
 * took its place; and the first is the first, unless the two first are closer than the tolerance.
 */
function assertRanked(
  actual: unknown,
  { name, output }: { readonly name: string; readonly output: RankedOutput },
  tolerance: number,
): void {
  const parsed = rankedSchema.parse(actual);
  for (const [member, wanted] of Object.entries(output)) {
    const got = parsed[member] ?? [];
    assert.equal(got.length, wanted.length, name);
    const found = new Map(got.map((entry) => [identity(entry), entry.probability]));
    const least = got.at(-1)?.probability ?? 0;
    for (const entry of wanted) {
      const difference = Math.abs((found.get(identity(entry)) ?? least) - entry.probability);
      assert.ok(difference <= tolerance, `${name}, ${identity(entry)}: off by ${difference}`);
    }
    const [first, second] = wanted;
    if (first === undefined) continue;
    const margin = first.probability - (second?.probability ?? 0);
    if (margin > tolerance) assert.equal(identity(got[0] ?? first), identity(first), name);
  }
}

function identity(entry: Ranked): string {
  const fixed = Object.entries(entry).filter(([name]) => name !== "probability" && name !== "rank");
  return JSON.stringify(fixed.toSorted(([a], [b]) => a.localeCompare(b)));
}

describe("goldens", () => {
  for (const version of loadRegistry(resolve("models")).versions) {
    const { id, folder, manifest } = version;
    if (isNotPulled(version)) {
      it(`of ${id}`, { skip: "its file is not pulled" });
      continue;
    }
    if (!existsSync(join(folder, "golden.json")) && manifest.file.source !== undefined) {
      it(`of ${id}`, { skip: "it has none yet" });
      continue;
    }
    for (const size of [1, manifest.batching.max_batch_size]) {
      it(`of ${id} at batch ${size}`, async () => {
        const file = join(folder, "golden.json");
        const { tolerance, cases } = goldenSchema.parse(JSON.parse(readFileSync(file, "utf8")));
        const contract = contractOf(manifest);
        const rows = cases.map(({ input, input_file: path }) =>
          path === undefined ? contract.input.parse(input) : readFileSync(join(folder, path)),
        );
        const outputs = await score(
          folder,
          rows,
          cases.map((golden) => golden.parameters),
          size,
        );
        for (const [i, expected] of cases.entries()) {
          assertClose(outputs[i], expected, tolerance.probability);
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
