import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import sharp from "sharp";
import {
  ask,
  firstMatch,
  firstPrediction,
  PHOTO,
  postBytes,
  postJson,
  repositoryFile,
  request,
} from "../support/client.ts";
import { System } from "../support/system.ts";

const photo = repositoryFile(PHOTO);

describe("scoring over HTTP", () => {
  let system: System & { url: string };
  let images = "";
  let questions = "";
  before(async () => {
    system = await System.start();
    images = `${system.url}/v1/models/image-classification/jobs`;
    questions = `${system.url}/v1/models/faq-javascript/jobs`;
  });
  after(async () => system[Symbol.asyncDispose]());

  it("finds the FAQ of a question, as JSON and as plain text", async () => {
    const asJson = await postJson(questions, { input: { text: "how do i clone an array" } });
    assert.equal(asJson.status, 200);
    assert.equal(firstMatch(asJson.body).id, "clone-array");
    const asText = await postBytes(questions, Buffer.from("how do i clone an array"), "text/plain");
    assert.deepEqual(asText.body.output, asJson.body.output);
  });

  it("gives a photo the same first label in every form it can be sent", async () => {
    const base64 = photo.toString("base64");
    const form = new FormData();
    form.append("photo", new Blob([new Uint8Array(photo)], { type: "image/jpeg" }), "photo.jpg");
    const replies = await Promise.all([
      postBytes(images, photo, "image/jpeg"),
      postBytes(images, await sharp(photo).png().toBuffer(), "image/png"),
      postBytes(images, await sharp(photo).webp({ quality: 95 }).toBuffer(), "image/webp"),
      postBytes(images, photo, "application/octet-stream"),
      postJson(images, { input: { image: base64 } }),
      postJson(images, { input: { image: `data:image/jpeg;base64,${base64}` } }),
      request(images, { method: "POST", body: form, headers: { prefer: "wait=60" } }),
    ]);
    for (const { status, body } of replies) {
      assert.equal(status, 200);
      assert.equal(firstPrediction(body.output).label, "espresso");
    }
  });

  it("decodes what cameras and tools make of a photo", async () => {
    const variants = {
      turned: sharp(photo).rotate(270).withMetadata({ orientation: 6 }).jpeg({ quality: 95 }),
      cmyk: sharp(photo).toColourspace("cmyk").jpeg({ quality: 95 }),
      "16 bit": sharp(photo).toColourspace("rgb16").png(),
      alpha: sharp(photo).ensureAlpha(0.9).png(),
      grey: sharp(photo).grayscale().jpeg(),
    };
    for (const [name, image] of Object.entries(variants)) {
      const { status, body } = await postBytes(images, await image.toBuffer(), "image/jpeg");
      assert.equal(status, 200, name);
      assert.equal(firstPrediction(body.output).label, "espresso", name);
    }
  });

  it("answers several files of one form in their order", async () => {
    const names = ["espresso", "cat", "tripod", "espresso", "tripod"];
    const form = new FormData();
    for (const name of names) {
      const bytes = repositoryFile(`models/image-classification/photos/${name}.jpg`);
      form.append("files", new Blob([new Uint8Array(bytes)]), `${name}.jpg`);
    }
    form.append("top_k", "2");
    const headers = { prefer: "wait=60" };
    const { status, body } = await request(images, { method: "POST", body: form, headers });
    assert.equal(status, 200);
    const labels = (body.outputs ?? []).map((output) => firstPrediction(output).label);
    assert.equal(labels.length, names.length);
    const known = [labels[0], ...labels.slice(2)];
    assert.deepEqual(known, ["espresso", "tripod", "espresso", "tripod"]);
    assert.match(labels[1] ?? "", /cat|tabby|lynx/);
  });

  it("answers several rows in their order, with options", async () => {
    const texts = ["how do i clone an array", "what is a closure", "how do i clone an array"];
    const { body } = await postJson(questions, {
      inputs: texts.map((text) => ({ text })),
      parameters: { top_k: 1 },
      metadata: { order: "o-77" },
    });
    const ids = (body.outputs ?? []).map((output) => firstMatch({ output }).id);
    assert.equal(ids.length, 3);
    assert.equal(ids[0], "clone-array");
    assert.equal(ids[2], "clone-array");
    assert.notEqual(ids[1], "clone-array");
    assert.deepEqual(body["metadata"], { order: "o-77" });
  });

  it("answers 202 without a wait, and the job and its result later", async () => {
    const submitted = await postJson(questions, { input: { text: "what is a closure" } }, "");
    assert.equal(submitted.status, 202);
    assert.equal(submitted.headers.get("preference-applied"), null);
    assert.ok(Number(submitted.headers.get("retry-after")) >= 0);
    const location = submitted.headers.get("location") ?? "";
    assert.equal(location, `/v1/jobs/${submitted.body.id}`);

    const done = await request(`${system.url}${location}`, { headers: { prefer: "wait=30" } });
    assert.deepEqual([done.status, done.body.status], [200, "succeeded"]);
    const result = await ask(`${system.url}${location}/result`);
    assert.deepEqual(await result.json(), done.body.output);
    const etag = done.headers.get("etag") ?? "";
    const again = await ask(`${system.url}${location}`, { headers: { "if-none-match": etag } });
    assert.equal(again.status, 304);
  });

  it("says which preference it applied", async () => {
    const body = { input: { text: "x" } };
    const applied = async (prefer: string): Promise<string | null> =>
      (await postJson(questions, body, prefer)).headers.get("preference-applied");
    assert.equal(await applied("wait=999"), "wait=60");
    assert.equal(await applied("respond-async"), "respond-async");
    assert.equal(await applied("respond-async, wait=5"), "respond-async, wait=5");
    const minimal = await ask(questions, {
      method: "POST",
      headers: { "content-type": "text/plain", prefer: "return=minimal" },
      body: "x",
    });
    assert.deepEqual([minimal.status, await minimal.text()], [202, ""]);
  });

  it("cancels neither a job that has ended nor one that there is not", async () => {
    const { body } = await postJson(questions, { input: { text: "x" } });
    const ended = await request(`${system.url}/v1/jobs/${body.id}/cancel`, { method: "POST" });
    assert.deepEqual([ended.status, ended.body.code], [409, "job_not_cancelable"]);
    const unknown = await request(`${system.url}/v1/jobs/job_${"0".repeat(26)}/cancel`, {
      method: "POST",
    });
    assert.equal(unknown.status, 404);
  });

  it("lists its models, and what each takes and gives", async () => {
    const list = await ask(`${system.url}/v1/models`);
    assert.match(await list.text(), /"name":"faq-javascript".*"name":"image-classification"/);
    const model = await ask(`${system.url}/v1/models/image-classification@2`);
    assert.match(await model.text(), /"input_schema":\{.*"contentEncoding":"base64"/);
    for (const path of ["/healthz", "/readyz", "/openapi.json"]) {
      assert.equal((await ask(`${system.url}${path}`)).status, 200, path);
    }
  });
});
