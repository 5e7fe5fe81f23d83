import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { batchOf, refusalOf } from "../support/batch-client.ts";
import { BatchUploads, JSON_TYPE, photoAndTableModels, TABLE } from "../support/batch-uploads.ts";
import { ask } from "../support/client.ts";
import { makeCrops } from "../support/crops.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

describe("items of a batch in the operator's folder", () => {
  let system: System;
  let batches: BatchUploads;
  let modelsFolder: string;
  let folder: string;

  before(async () => {
    modelsFolder = await photoAndTableModels();
    folder = await mkdtemp(join(tmpdir(), "scoreline-folder-"));
    await mkdir(join(folder, "photos", "more"), { recursive: true });
    await makeCrops(join(folder, "photos"), 12);
    await makeCrops(join(folder, "photos", "more"), 1);
    await writeFile(join(folder, "photos", "notes.txt"), "no photo");
    await writeFile(join(folder, "photos", ".hidden.jpg"), "not looked at");
    await writeFile(join(folder, "rows.csv"), "age,plan\n1,pro\n2,free\n");
    await writeFile(join(folder, "rows.ndjson"), '{"input":{"plan":"pro","age":1}}\n');
    await mkdir(join(folder, "odd"));
    await symlink("/etc/passwd", join(folder, "odd", "leaves.jpg"));
    await symlink("../photos/notes.txt", join(folder, "odd", "stays.jpg"));
    system = await System.bare({ MODELS_DIR: modelsFolder });
    const [{ url }] = await Promise.all([
      system.gateway({ env: { BATCH_FOLDER: folder } }),
      system.worker(),
      system.courier(),
    ]);
    batches = new BatchUploads(url);
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    await rm(modelsFolder, { recursive: true });
    await rm(folder, { recursive: true });
  });

  const create = async (source: unknown, more: object = {}, prefer = "wait=60") => {
    const body = JSON.stringify({ model: "image-classification", source, ...more });
    return batches.post("", body, { ...JSON_TYPE, prefer });
  };

  it("are its files in the order of their names, as far as they match", async () => {
    const batch = await batchOf(await create({ folder: "photos", pattern: "**/*.jpg" }));
    assert.equal(batch.outcome, "all_succeeded");
    const ids = (await batches.all(batch.id)).map(({ custom_id: id }) => String(id));
    assert.equal(ids.length, 13);
    assert.ok(ids.every((id, i) => i === 0 || id > (ids[i - 1] ?? "")));
    assert.ok(ids.includes("more/astronaut-000000.jpg"));
    const flat = await batchOf(await create({ folder: "photos", pattern: "[ab]*.jpg" }));
    assert.deepEqual(
      (await batches.all(flat.id)).map(({ custom_id: id }) => id?.replace(/-.*/, "")),
      ["astronaut", "beanbag", "blossom"],
    );
  });

  it("go on in an open batch where they broke off", async () => {
    const open = await batchOf(await create(undefined), 202);
    const upload = async (pattern: string) => {
      const body = JSON.stringify({ source: { folder: "photos", pattern } });
      return batchOf(await batches.post(`/${open.id}/items?from=0`, body, JSON_TYPE));
    };
    assert.equal((await upload("a*.jpg")).received, 1);
    assert.equal((await upload("*.jpg")).received, 12);
  });

  it("may stand in a file of CSV, or of lines of JSON", async () => {
    for (const [file, count] of [
      ["rows.csv", 2],
      ["rows.ndjson", 1],
    ] as const) {
      const batch = await batchOf(await create({ file }, { model: TABLE }));
      assert.equal(batch.outcome, "all_succeeded");
      assert.equal(batch.received, count);
    }
    const reply = await create({ file: "photos/notes.txt" }, { model: TABLE });
    assert.match((await refusalOf(reply, "invalid_input")).detail, /not end in \.csv/);
  });

  it("are read to the end when the client hangs up meanwhile", async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => `${i},pro`);
    await writeFile(join(folder, "many.csv"), ["age,plan", ...rows].join("\n"));
    const body = JSON.stringify({ model: TABLE, source: { file: "many.csv" } });
    const client = new AbortController();
    const request = ask(batches.url, {
      method: "POST",
      body,
      headers: JSON_TYPE,
      signal: client.signal,
    });
    const broken = assert.rejects(request, { name: "AbortError" });
    let reading: string | undefined;
    await until("the batch is being filled", async () => {
      reading = await batches.open(TABLE);
      return reading !== undefined;
    });
    client.abort();
    await broken;
    await until("it has been closed", async () => {
      const batch = await batchOf(await ask(`${batches.url}/${reading}`));
      return batch.status !== "validating" && batch.received === rows.length;
    });
  });

  it("are refused outside of it, whichever way", async () => {
    for (const path of ["..", "../etc", "/etc", "photos/../../etc", "photos\\..\\..", "a\0b"]) {
      for (const source of [{ folder: path }, { file: `${path}/x.csv` }]) {
        const problem = await refusalOf(await create(source), "invalid_input");
        assert.match(problem.detail, /is not inside|takes no files/, JSON.stringify(source));
      }
    }
    const problem = await refusalOf(await create({ folder: "odd" }), "invalid_input");
    assert.match(problem.detail, /^File "leaves.jpg": .*is not inside the batch folder/);
  });

  it("fail alone where the request is lenient", async () => {
    const batch = await batchOf(await create({ folder: "odd" }, {}, "wait=60, handling=lenient"));
    const lines = await batches.all(batch.id);
    assert.deepEqual(
      lines.map(({ custom_id: id, status }) => [id, status]),
      [
        ["leaves.jpg", "failed"],
        ["stays.jpg", "failed"],
      ],
    );
    assert.match(lines[0]?.error?.detail ?? "", /is not inside the batch folder/);
    // Read, and no photo: the link stays inside.
    assert.doesNotMatch(lines[1]?.error?.detail ?? "", /folder/);
  });

  it("are refused by name when nothing is there, or they come with items", async () => {
    const wrong = [
      [{ folder: "nowhere" }, {}, /"nowhere" is no/],
      [{ folder: "photos", pattern: "*.tiff" }, {}, /no items/],
      [{ file: "photos" }, {}, /not end in \.csv/],
      [{ folder: "photos" }, { items: [{ input: {} }] }, /either/],
      [{ folder: "photos" }, { model: TABLE }, /takes no files/],
      [{ cupboard: "photos" }, {}, /neither/],
    ] as const;
    for (const [source, more, detail] of wrong) {
      const problem = await refusalOf(await create(source, more), "invalid_input");
      assert.match(problem.detail, detail);
    }
  });
});
