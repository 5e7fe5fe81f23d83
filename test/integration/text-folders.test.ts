import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pipelineOf } from "../../shared/model/pipelines.ts";
import { AddedFolder, casesOf, FOLDERS, type FolderCase } from "../support/hub-folders.ts";

/** Of float32 sums in another order. */
const TOLERANCE = { absolute: 2e-6, relative: 1e-5 };

const added: AddedFolder[] = [];
after(() => {
  for (const { folder } of added) rmSync(folder, { recursive: true });
});

async function add(...given: Parameters<typeof AddedFolder.add>): Promise<AddedFolder> {
  const one = await AddedFolder.add(...given);
  added.push(one);
  return one;
}

for (const name of ["embedding"]) {
  describe(`the folder of a tiny model of ${name}`, () => {
    let model: AddedFolder;
    const cases = casesOf(name);
    before(async () => {
      model = await add(join(FOLDERS, name));
    });

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

async function assertRight(model: AddedFolder, cases: readonly FolderCase[]): Promise<void> {
  const { outputs, failures } = await model.run(cases);
  const { compare } = pipelineOf(model.manifest.pipeline);
  for (const [i, { output: wanted, input }] of cases.entries()) {
    assert.equal(failures[i], null);
    const output: unknown = JSON.parse(String(outputs[i]));
    const { difference } = compare(output, wanted, TOLERANCE);
    assert.equal(difference, undefined, JSON.stringify(input));
  }
}
