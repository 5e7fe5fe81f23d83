import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { pipelineOf } from "../../shared/model/pipelines.ts";
import { LoadedFolder, casesOf, FOLDERS, type FolderCase } from "../support/hub-folders.ts";

/** Of float32 sums in another order. */
const TOLERANCE = { absolute: 2e-6, relative: 1e-5 };

for (const name of ["embedding", "classification", "entities", "pair"]) {
  describe(`the folder of a tiny model of ${name}`, () => {
    let model: LoadedFolder;
    const cases = casesOf(name);
    before(async () => {
      model = await LoadedFolder.load(join(FOLDERS, name));
    });
    after(() => model[Symbol.dispose]());

    it("answers what Python does, each text alone", async () => {
      for (const one of cases) await assertRight(model, [one]);
    });

    it("answers the same in mixed company, whatever the order", async () => {
      await assertRight(model, cases);
      await assertRight(model, cases.toReversed());
    });

    it("runs texts of like length together", async () => {
      const { runRows } = await model.run([...cases, ...cases]);
      const sizes = new Set(runRows);
      assert.ok(sizes.size > 1 && Math.min(...sizes) > 1, runRows.join());
    });
  });
}

describe("a text model whose rows change each other", () => {
  it("runs each of them alone", async () => {
    const tokens = { max: 24, trim: true, rows: "alone" };
    using model = await LoadedFolder.load(join(FOLDERS, "embedding"), { changes: { tokens } });
    const cases = casesOf("embedding");
    await assertRight(model, cases);
    assert.deepEqual(new Set((await model.run(cases)).runRows), new Set([1]));
  });
});

describe("ids of tokens", () => {
  it("are refused where the model has no such token, and nothing else is", async () => {
    using model = await LoadedFolder.load(join(FOLDERS, "embedding"));
    const ids = [{ text: [2, 4, 3] }, { text: [2, 9999, 3] }];
    const { failures } = await model.run(ids.map((input) => ({ input, parameters: {} })));
    assert.equal(failures[0], null);
    assert.equal(failures[1]?.code, "invalid_input");
    assert.match(
      failures[1]?.message ?? "",
      /^Token 1 is 9999; the model's tokens are 0 to \d+\.$/,
    );
  });
});

describe("places of entities", () => {
  it("are in the unit that is asked for, and what stands there is the text", async () => {
    using model = await LoadedFolder.load(join(FOLDERS, "entities"));
    const text = "👩‍👩‍👧 in Zürich";
    for (const offsets of ["code_points", "utf16", "bytes"]) {
      const parameters = { aggregation: "none", offsets };
      const { outputs } = await model.run([{ input: { text }, parameters }]);
      const { entities } = entitiesSchema.parse(JSON.parse(String(outputs[0])));
      assert.ok(entities.length > 0);
      for (const { start, end, text: own } of entities) {
        const piece =
          offsets === "code_points"
            ? Array.from(text).slice(start, end).join("")
            : offsets === "utf16"
              ? text.slice(start, end)
              : Buffer.from(text).subarray(start, end).toString();
        assert.equal(own, piece);
      }
    }
  });
});

const entitiesSchema = z.object({
  entities: z.array(z.object({ start: z.int(), end: z.int(), text: z.string() })),
});

async function assertRight(model: LoadedFolder, cases: readonly FolderCase[]): Promise<void> {
  const { outputs, failures } = await model.run(cases);
  const { compare } = pipelineOf(model.manifest.pipeline);
  for (const [i, { output: wanted, input }] of cases.entries()) {
    assert.equal(failures[i], null);
    const output: unknown = JSON.parse(String(outputs[i]));
    const { difference } = compare(output, wanted, TOLERANCE);
    assert.equal(difference, undefined, JSON.stringify(input));
  }
}
