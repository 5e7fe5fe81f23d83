import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { loadRegistry } from "../../shared/model/registry.ts";
import { contractOf } from "../../shared/model/manifest.ts";
import { ApiDescription } from "../support/api-description.ts";
import { Barrage, CREATES, VOLLEY, type Prepared } from "../support/fuzz/barrage.ts";
import { goodRequests } from "../support/fuzz/good-requests.ts";
import { spoiltRequests } from "../support/fuzz/spoilt-requests.ts";
import { newCode } from "../support/access-tokens.ts";
import { BatchClient, batchOf } from "../support/batch-client.ts";
import { PHOTO, postJson, repositoryFile, request } from "../support/client.ts";
import { FOLDERS, writeVersion } from "../support/hub-folders.ts";
import { collectedHeapBytes, INSPECTED } from "../support/inspector.ts";
import { issueAdminKey } from "../support/keys.ts";
import { System, type Role } from "../support/system.ts";
import { RECEIVERS_HERE } from "../support/webhooks.ts";

/**
 * Requests made from our own OpenAPI document, good ones and spoilt ones, against a real system.
 * The suite sends 500; all 10,000:
 *
 *     FUZZ_REQUESTS=10000 node_modules/.bin/node test/faults/api-fuzz.test.ts
 *
 * SEED repeats a run.
 */
const REQUESTS = Number(process.env["FUZZ_REQUESTS"] ?? 500);
const SEED = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
const MIB = 1024 * 1024;

const MODELS = [
  "faq-javascript/1",
  "image-classification/2",
  "image-classification/photos",
  "wine/1",
];

describe("the API under requests of all kinds", () => {
  let folder = "";
  let prepared: Prepared = {};
  let system: System;
  let gateway: { role: Role; url: string };
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "scoreline-fuzz-"));
    cpSync("test/fixtures/models", folder, { recursive: true });
    for (const model of MODELS) {
      cpSync(join("models", model), join(folder, model), { recursive: true });
    }
    await writeVersion(join(FOLDERS, "embedding"), folder);
    // Only two of ten versions bring a card: chance could miss them.
    for (const version of loadRegistry(folder).versions) {
      writeFileSync(join(version.folder, "card.md"), "# A model");
    }
    system = await System.bare({
      MODELS_DIR: folder,
      BODY_BYTES_MAX: "2000000",
      TENANT_BATCHES_MAX: "100000",
      SCORE_MODEL: "faq-javascript",
      ...RECEIVERS_HERE,
    });
    gateway = await system.gateway({ env: INSPECTED });
    const questions = `${gateway.url}/v1/models/faq-javascript/jobs`;
    const { body } = await postJson(questions, { input: { text: "hello" } }, "");
    await request(`${gateway.url}/v1/jobs/${body.id}/cancel`, { method: "POST" });
    await Promise.all([system.worker(), system.courier()]);
    const images = `${gateway.url}/v1/models/image-classification/jobs`;
    const failed = await postJson(images, { input: { image: "AAAA" } });
    prepared = {
      cancelJob: String(body.id),
      retryJob: String(failed.body.job_id),
      signIn: await newCode(gateway.url, await issueAdminKey(system.redis.client())),
      ...(await prepareBatches(gateway.url)),
    };
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it(`answers each of ${REQUESTS} as the document says, and keeps nothing of them`, async (t) => {
    t.diagnostic(`SEED=${SEED}`);
    const response = await fetch(`${gateway.url}/openapi.json`);
    const api = new ApiDescription(await response.json());
    const models = loadRegistry(folder).versions.map(({ id, manifest }) => ({
      id,
      media: contractOf(manifest).media,
    }));
    const barrage = new Barrage(
      api,
      { port: Number(new URL(gateway.url).port), token: system.key },
      prepared,
    );
    const photo = repositoryFile(PHOTO);
    const good = goodRequests(api, models, photo);
    const requests = fc.oneof(
      { weight: 6, arbitrary: good },
      { weight: 5, arbitrary: spoiltRequests(good) },
    );
    const volleys = fc.array(requests, { minLength: VOLLEY, maxLength: VOLLEY });
    const heaps: number[] = [];
    // The first quarter warms the process up: code is compiled, pools are filled.
    for (const share of [0.25, 0.5, 0.75, 1]) {
      const numRuns = Math.ceil((share * REQUESTS - barrage.sent) / VOLLEY);
      const property = fc.asyncProperty(volleys, async (volley) => barrage.fire(volley));
      const parameters = { numRuns, seed: SEED + heaps.length, endOnFailure: true };
      const { errorInstance } = await fc.check(property, parameters);
      if (errorInstance !== null) throw new Error(`SEED=${SEED}`, { cause: errorInstance });
      heaps.push(await collectedHeapBytes(gateway.role));
    }
    t.diagnostic(barrage.report());
    t.diagnostic(`heap ${heaps.map((bytes) => (bytes / MIB).toFixed(1)).join(", ")} MiB`);
    assert.ok(!gateway.role.hasExited);
    // Of 500 requests chance leaves some operation out, or has deleted what it is about.
    for (const id of barrage.neverSucceeded()) {
      for (const [round, wanted] of [id, ...Object.keys(CREATES), id].entries()) {
        if (!barrage.neverSucceeded().includes(id)) break;
        const more = goodRequests(api, models, photo, [wanted]);
        await barrage.fire(fc.sample(more, { seed: SEED + round, numRuns: VOLLEY }));
      }
    }
    assert.deepEqual(barrage.neverSucceeded(), []);
    assert.ok(barrage.successShare >= 0.3, `only ${barrage.successShare} were successes`);
    const [warm = 0, ...later] = heaps;
    for (const bytes of later) assert.ok(bytes < warm * 1.1, `the heap grew: ${heaps.join(", ")}`);
  });
});

/** An open batch, a canceled one, and one with an item that fails whenever it is retried. */
async function prepareBatches(gateway: string): Promise<Prepared> {
  const batches = new BatchClient(gateway);
  const open = async (): Promise<string> =>
    (await batchOf(await batches.json({ model: "faq-javascript" }))).id;
  const canceled = await open();
  await batchOf(await batches.send("POST", `/${canceled}/cancel`));
  const bad = [{ batch: { model: "wine" } }, { input: {} }];
  const faulty = await batchOf(await batches.lines(bad, { prefer: "handling=lenient, wait=60" }));
  const { id } = faulty;
  const kept = { model: "faq-javascript", keep_inputs: true, items: [{ input: { text: "a" } }] };
  return {
    appendItems: await open(),
    cancelBatch: canceled,
    closeBatch: id,
    retryBatch: id,
    batchEvents: id,
    createReplay: (await batchOf(await batches.json(kept))).id,
  };
}
