import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { batchOf, refusalOf } from "../support/batch-client.ts";
import {
  BatchUploads,
  cutUpload,
  JSON_TYPE,
  photoAndTableModels,
  TABLE,
} from "../support/batch-uploads.ts";
import { ask, firstPrediction, postBytes, repositoryFile } from "../support/client.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

describe("items of a batch as files of a form", () => {
  let system: System;
  let batches: BatchUploads;
  let modelsFolder: string;

  before(async () => {
    modelsFolder = await photoAndTableModels();
    system = await System.bare({ MODELS_DIR: modelsFolder });
    const [{ url }] = await Promise.all([system.gateway(), system.worker(), system.courier()]);
    batches = new BatchUploads(url);
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    await rm(modelsFolder, { recursive: true });
  });

  const photo = repositoryFile("models/image-classification/photos/espresso.jpg");
  const formOf = (parts: readonly (readonly [string, string | Uint8Array, string?])[]) => {
    const form = new FormData();
    for (const [name, value, file] of parts) {
      if (typeof value === "string") form.append(name, value);
      else form.append(name, new Blob([new Uint8Array(value)]), file);
    }
    return form;
  };
  const head = '{"model":"image-classification","parameters":{"top_k":1}}';

  it("are known by their names, and scored as they are alone", async () => {
    const form = formOf([
      ["batch", head],
      ["a", photo, "cafés/espresso 🙂.jpg"],
      ["a", repositoryFile("models/image-classification/photos/cat.jpg"), "cat.jpg"],
    ]);
    const batch = await batchOf(await batches.post("", form));
    const lines = await batches.all(batch.id);
    assert.deepEqual(
      lines.map(({ custom_id: id }) => id),
      ["cafés/espresso 🙂.jpg", "cat.jpg"],
    );
    const alone = await postBytes(
      `${new URL(batches.url).origin}/v1/models/image-classification/jobs`,
      photo,
      "image/jpeg",
    );
    assert.equal(firstPrediction(lines[0]?.output).label, firstPrediction(alone.body.output).label);
  });

  it("have no results as CSV: their outputs have no columns", async () => {
    const form = formOf([["a", photo, "a.jpg"]]);
    const { id } = await batchOf(await batches.post("?model=image-classification", form));
    const headers = { accept: "text/csv, application/x-ndjson;q=0.5" };
    const refusal = await ask(`${batches.url}/${id}/results`, { headers });
    assert.equal(refusal.status, 406);
    await refusalOf(refusal, "not_acceptable");
  });

  it("take the batch's members from the query where no part says them", async () => {
    const form = formOf([["a", photo, "a.jpg"]]);
    const batch = await batchOf(await batches.post("?model=image-classification&top_k=2", form));
    const [line] = await batches.all(batch.id);
    const { predictions } = z.object({ predictions: z.array(z.unknown()) }).parse(line?.output);
    assert.equal(predictions.length, 2);
  });

  it("are refused by the name of the one at fault, or let pass as failed ones", async () => {
    const parts = [
      ["batch", head],
      ["a", photo, "a.jpg"],
      ["b", new Uint8Array(16 * 1024 * 1024 + 1), "large.jpg"],
      ["c", photo, "a.jpg"],
      ["d", new Uint8Array(0), "empty.jpg"],
    ] as const;
    const problem = await refusalOf(await batches.post("", formOf(parts)), "payload_too_large");
    assert.match(problem.detail, /^File "large.jpg": It is larger than 16777216 bytes/);
    const lenient = { prefer: "wait=60, handling=lenient" };
    const batch = await batchOf(await batches.post("", formOf(parts), lenient));
    assert.deepEqual(
      (await batches.all(batch.id)).map(({ custom_id: id, error }) => [id, error?.code]),
      [
        ["a.jpg", undefined],
        ["large.jpg", "payload_too_large"],
        ["a.jpg", "invalid_input"],
        ["empty.jpg", "invalid_input"],
      ],
    );
  });

  it("are refused behind a part that is no file, and for a model that takes none", async () => {
    const late = formOf([
      ["a", photo, "a.jpg"],
      ["batch", head],
    ]);
    const problem = await refusalOf(
      await batches.post("?model=image-classification", late),
      "unknown_field",
    );
    assert.match(problem.detail, /^\/batch: must come before the files/);
    const form = formOf([["a", photo, "a.jpg"]]);
    await refusalOf(await batches.post(`?model=${TABLE}`, form), "unsupported_media_type");
    const broken = { "content-type": "multipart/form-data; boundary=x" };
    await refusalOf(
      await batches.post(`?model=${TABLE}`, "--x\r\nnothing", broken),
      "invalid_input",
    );
  });

  it("that came whole stay when the upload breaks off, and it is resumed behind them", async () => {
    const open = await batchOf(
      await batches.post("", '{"model":"image-classification"}', JSON_TYPE),
      202,
    );
    const form = new Response(
      formOf([
        ["a", photo, "1.jpg"],
        ["a", photo, "2.jpg"],
        ["a", photo, "3.jpg"],
      ]),
    );
    const type = form.headers.get("content-type") ?? "";
    const bytes = Buffer.from(await form.arrayBuffer());
    await until("the first file is there", async () => {
      // Again where it broke off before a busy gateway had begun to read it.
      await cutUpload(`${batches.url}/${open.id}/items?from=0`, type, {
        bytes,
        sent: Math.floor(bytes.length * 0.5),
        key: system.key,
      });
      const now = await batchOf(await ask(`${batches.url}/${open.id}`));
      return now.received === 1;
    });
    const items = `/${open.id}/items?from=0`;
    const whole = await batchOf(await batches.post(items, bytes, { "content-type": type }));
    assert.equal(whole.received, 3);
    await batchOf(await batches.post(`/${open.id}/close`, ""));
    assert.deepEqual(
      (await batches.all(open.id)).map(({ custom_id: id }) => id),
      ["1.jpg", "2.jpg", "3.jpg"],
    );
  });
});
