import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { operationsWith } from "../../gateway/rooms.ts";
import type { ErrorCode } from "../../shared/error.ts";
import { packOf } from "../../shared/id.ts";
import { keys } from "../support/redis-keys.ts";
import { PHOTO, repositoryFile, ask as send } from "../support/client.ts";
import { DescribedGateway, type Ask } from "../support/described-gateway.ts";
import { System } from "../support/system.ts";
import { RECEIVERS_HERE } from "../support/webhooks.ts";
import { until } from "../support/until.ts";

const jobSchema = z.looseObject({ id: z.string(), status: z.string() });
const question = { input: { text: "how do i clone an array" } };

/** What `openapi-access.test.ts` looks at. */
const ELSEWHERE = new Set<string>(["Keys", "Endpoints", "Queue"]);

describe("openapi.json", () => {
  let system: System & { url: string };
  let gateway: DescribedGateway;
  before(async () => {
    system = await System.start({
      TENANT_OUTSTANDING_MAX: "3",
      KEY_REQUESTS_PER_MINUTE: "100000",
      ...RECEIVERS_HERE,
    });
    gateway = await DescribedGateway.at(system.url);
  });
  after(async () => system[Symbol.asyncDispose]());

  const ask: DescribedGateway["ask"] = async (...given) => gateway.ask(...given);

  function json(body: unknown, headers: Record<string, string> = {}): Ask {
    return {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    };
  }

  async function create(status: number, model: string, given: Ask): Promise<string> {
    const { text } = await ask("createJob", status, [model], given);
    return jobSchema.parse(JSON.parse(text)).id;
  }

  async function ended(id: string): Promise<void> {
    await until(`${id} has ended`, async () => {
      const { text } = await ask("getJob", 200, [id], { headers: { prefer: "wait=5" } });
      return !["queued", "running"].includes(jobSchema.parse(JSON.parse(text)).status);
    });
  }

  it("describes what a create answers, for every model and form of body", async () => {
    const prefer = "wait=60";
    await create(200, "faq-javascript", json(question, { prefer, "idempotency-key": "one" }));
    await create(200, "faq-javascript", json(question, { prefer, "idempotency-key": "one" }));
    await create(200, "wine@1", json({ inputs: [wine()] }, { prefer: "wait=60, return=minimal" }));
    const photo = new Uint8Array(repositoryFile(PHOTO));
    const headers = { "content-type": "image/jpeg", prefer };
    await create(200, "image-classification", { body: photo, headers, query: "?top_k=2" });
    const late = json({ ...question, priority: "bulk", metadata: { a: 1 } });
    await ended(await create(202, "faq-javascript", late));
    const minimal = json(question, { prefer: "respond-async, return=minimal" });
    const { text } = await ask("createJob", 202, ["faq-javascript"], minimal);
    assert.equal(text, "");
    const events = json(question, { accept: "text/event-stream" });
    await ask("createJob", 200, ["faq-javascript"], events);
  });

  it("describes what refuses a create", async () => {
    const refused: [ErrorCode, string, Ask][] = [
      ["invalid_json", "faq-javascript", { ...json(""), body: "{" }],
      ["not_found", "nope", json(question)],
      [
        "unsupported_media_type",
        "faq-javascript",
        { body: "x", headers: { "content-type": "text/css" } },
      ],
      ["invalid_input", "faq-javascript", json({ input: {} })],
      ["unknown_field", "faq-javascript", json({ ...question, more: 1 })],
      [
        "idempotency_key_reused",
        "faq-javascript",
        json({ input: { text: "other" } }, { "idempotency-key": "one" }),
      ],
      ["invalid_input", "faq-javascript", { ...json(question), query: "?wait=x" }],
      ["model_unavailable", "resnet152", json({ input: { image: "AAAA" } })],
    ];
    await until("the gateway knows what is not pulled", async () => {
      const { text } = await ask("getModel", 200, ["resnet152"]);
      return text.includes('"status":"not_pulled"');
    });
    for (const [code, model, given] of refused) await ask("createJob", code, [model], given);
    const notAnImage = { body: "x", headers: { "content-type": "image/png", prefer: "wait=60" } };
    const ending = await ask("createJob", "invalid_input", ["image-classification"], notAnImage);
    assert.match(ending.headers.get("location") ?? "", /^\/v1\/jobs\/job_/);
  });

  it("describes a job's course: queued, followed, canceled, retried, read, erased", async () => {
    const { id } = jobSchema.parse(
      JSON.parse((await ask("createJob", 200, ["wine"], json({ input: wine() }, wait))).text),
    );
    const { headers } = await ask("getJob", 200, [id]);
    await ask("getJob", 304, [id], { headers: { "if-none-match": headers.get("etag") ?? "" } });
    await ask("getResult", 200, [id]);
    const { text } = await ask("jobEvents", 200, [id]);
    const [, last = ""] = /^id: (.*)$/m.exec(text) ?? [];
    await ask("jobEvents", 204, [id], { headers: { "last-event-id": last } });
    await ask("cancelJob", "job_not_cancelable", [id]);
    await ask("retryJob", "job_not_retryable", [id]);
    await ask("labelJob", "invalid_input", [id], json({ label: "a", expected: "a" }));
    await ask("labelJob", 204, [id], json({ label: "class_1" }));
    await ask("deleteJob", 204, [id]);
    for (const gone of ["getJob", "getResult", "jobEvents", "cancelJob", "retryJob"]) {
      await ask(gone, "gone_deleted", [id]);
    }
    await ask("labelJob", "gone_deleted", [id], json({ label: 1 }));
  });

  it("describes what becomes of work that nobody does", async () => {
    const worker = system.roles.find(({ name }) => name === "worker");
    await worker?.end("SIGKILL");
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push(await create(202, "faq-javascript", json(question)));
    const [id = ""] = ids;
    await ask("createJob", "quota_exceeded", ["faq-javascript"], json(question));
    await ask("getResult", 202, [id]);
    await ask("deleteJob", "job_not_ended", [id]);
    await ask("labelJob", "job_not_ended", [id], json({ label: 1 }));
    await ask("cancelJob", 200, [id]);
    await ask("getResult", "canceled", [id]);
    await ask("retryJob", 202, [id]);
    await ask("cancelJob", 200, [id]);
    await ask("listJobs", 200, [], { query: "?status=queued&limit=2" });
    await ask("listJobs", 200);
    await ask("listJobs", "invalid_input", [], { query: "?limit=1000" });
    await ask("listJobs", "unknown_field", [], { query: "?order=asc" });
  });

  it("describes what our own faults look like, and records that have gone", async () => {
    const text = "how do i sleep ".repeat(100);
    const many = { inputs: Array.from({ length: 32 }, () => ({ text })), retention_ms: 4000 };
    const id = await create(202, "faq-javascript", json(many));
    // An input of this size has a key of its own. Nothing of ours deletes it before its job's end.
    assert.equal(await system.redis.client().del(keys.packInput(packOf(id))), 1);
    await system.worker();
    await ask("getResult", "internal", [id], { headers: wait });
    await until(`${id} has gone`, async () => {
      const { status } = await send(`${system.url}/v1/jobs/${id}`);
      return status !== 200;
    });
    await ask("getJob", "gone_expired", [id]);
  });

  it("describes paths without operations", async () => {
    const response = await fetch(`${system.url}/v1/jobs`, { method: "PUT" });
    const described = z.looseObject({ code: z.string() });
    assert.equal(described.parse(await response.json()).code, "method_not_allowed");
    assert.equal(response.headers.get("allow"), "GET");
  });

  it("describes a batch: uploaded, waited for, read, canceled, retried, erased", async () => {
    const lines = (...values: unknown[]): Ask => ({
      body: values.map((value) => `${JSON.stringify(value)}\n`).join(""),
      headers: { "content-type": "application/x-ndjson", prefer: "handling=lenient, wait=60" },
    });
    const idOf = ({ text }: { text: string }): string => jobSchema.parse(JSON.parse(text)).id;
    const head = { batch: { model: "wine", metadata: { a: 1 } } };
    const waited = lines(head, { custom_id: "a", input: wine() }, { input: {} });
    const id = idOf(await ask("createBatch", 200, [], waited));
    const open = json({ model: "wine" }, { "idempotency-key": "two" });
    const made = idOf(await ask("createBatch", 202, [], open));
    await ask("createBatch", 202, [], open);
    await ask(
      "createBatch",
      "idempotency_key_reused",
      [],
      json({ model: "faq-javascript" }, { "idempotency-key": "two" }),
    );
    await ask("createBatch", "invalid_json", [], { ...waited, body: "{" });
    await ask("createBatch", "unsupported_media_type", [], {
      body: "x",
      headers: { "content-type": "text/css" },
    });
    const { headers } = await ask("getBatch", 200, [id]);
    await ask("getBatch", 304, [id], { headers: { "if-none-match": headers.get("etag") ?? "" } });
    await ask("batchResults", 200, [id]);
    await ask("batchResults", "unknown_field", [id], { query: "?from=1" });
    const { text } = await ask("batchEvents", 200, [id]);
    const [, last = ""] = /^id: (.*)$/m.exec(text) ?? [];
    await ask("batchEvents", 204, [id], { headers: { "last-event-id": last } });
    await ask("appendItems", "items_out_of_place", [made], { ...lines(), query: "?from=1" });
    await ask("appendItems", 200, [made], { ...lines({ input: wine() }), query: "?from=0" });
    await ask("appendItems", "batch_not_open", [id], { ...lines(), query: "?from=0" });
    await ask("closeBatch", 200, [made], { headers: wait });
    await ask("closeBatch", 200, [made]);
    await ask("retryBatch", "batch_not_retryable", [made]);
    await ask("cancelBatch", "batch_ended", [made]);
    await ask("retryBatch", 202, [id]);
    const canceled = idOf(await ask("createBatch", 202, [], json({ model: "wine" })));
    await ask("deleteBatch", "batch_not_ended", [canceled]);
    await ask("cancelBatch", 202, [canceled]);
    await ask("closeBatch", "batch_not_open", [canceled]);
    await ask("listDeliveriesOfBatch", 200, [canceled]);
    await ask("listBatches", 200, [], { query: "?limit=1" });
    await ask("listBatches", "invalid_input", [], { query: "?limit=1000" });
    await ask("deleteBatch", 204, [made]);
    for (const gone of ["getBatch", "batchResults", "batchEvents", "cancelBatch", "retryBatch"]) {
      await ask(gone, "gone_deleted", [made]);
      await ask(gone, "not_found", ["bat_none"]);
    }
  });

  it("describes webhooks: who is told, and how that went", async () => {
    const body = { url: "http://127.0.0.2:9/hook", headers: { "x-shop": "eu-1" } };
    const { text } = await ask("createWebhookEndpoint", 201, [], json(body));
    const { id } = idSchema.parse(JSON.parse(text));
    await ask("createWebhookEndpoint", "webhook_url_rejected", [], json({ url: "ftp://x/" }));
    await ask("listWebhookEndpoints", 200);
    await ask("getWebhookEndpoint", 200, [id]);
    await ask("getWebhookEndpoint", "not_found", ["whk_none"]);
    await ask("changeWebhookEndpoint", 200, [id], json({ schedule_ms: [0] }));
    await ask("changeWebhookEndpoint", "invalid_input", [id], json({ headers: { host: "x" } }));
    await ask("rotateEndpointSecret", 200, [id]);
    await ask("getWebhookSecret", 200);
    await ask("rotateWebhookSecret", 200, [], json({ overlap_ms: 0 }));
    const ping = await ask("pingWebhookEndpoint", 202, [id]);
    const delivery = idSchema.parse(JSON.parse(ping.text)).id;
    const dead = async (): Promise<boolean> => {
      const { text: list } = await ask("listDeliveries", 200, [], { query: "?status=dead" });
      return list.includes(delivery);
    };
    await until("nobody listens there", dead);
    await ask("listDeliveries", "invalid_input", [], { query: "?cursor=x" });
    await ask("getDelivery", 200, [delivery]);
    await ask("getDelivery", "not_found", ["evt_none"]);
    await ask("redeliver", 202, [delivery]);
    await until("it is dead again", dead);
    const since = { since: new Date(0).toISOString() };
    await ask("redeliverDead", 202, [], json(since));
    const webhook = { endpoint: id, events: ["job.failed"] };
    const job = await create(200, "wine", json({ input: wine(), webhook }, wait));
    await ask("listDeliveriesOfJob", 200, [job]);
    await ask("deleteWebhookEndpoint", 204, [id]);
  });

  it("describes models, health and documents", async () => {
    await ask("getVersion", 200);
    await ask("listProcesses", 200);
    await ask("listModels", 200);
    await ask("getModel", 200, ["wine"]);
    await ask("getModel", 404, ["nope"]);
    await ask("getQueue", 200, ["wine@1"]);
    await ask("getQueue", 404, ["nope"]);
    await ask("getCard", 200, ["wine@1"]);
    await ask("getCard", 404, ["nope"]);
    await ask("listExamples", 200, ["wine"]);
    await ask("getExampleFile", 200, ["image-classification", "espresso"]);
    await ask("getExampleFile", 404, ["wine", "espresso"]);
    for (const id of ["index", "healthz", "readyz", "metrics", "docs", "errorDocs", "openapi"]) {
      await ask(id, 200);
    }
    const { headers } = await ask("docsAsset", 200, ["page.css"]);
    const given = { headers: { "if-none-match": headers.get("etag") ?? "" } };
    await ask("docsAsset", 304, ["page.css"], given);
    await ask("docsAsset", 404, ["nope"]);
    await ask("index", 200, [], { headers: { accept: "text/html" } });
    await ask("pageFile", 200, ["main", "main.ts"]);
    await ask("pageFile", 404, ["main", "nope"]);
  });

  it("has no operation that was not answered with success here", () => {
    const all = operationsWith([])
      .filter(({ tag }) => !ELSEWHERE.has(tag))
      .map(({ handler }) => handler.name);
    assert.deepEqual([...gateway.succeeded].toSorted(), all.toSorted());
  });
});

const idSchema = z.looseObject({ id: z.string() });
const wait = { prefer: "wait=60" };

/** The first record of the wine model's goldens. */
function wine(): unknown {
  const golden: unknown = JSON.parse(repositoryFile("models/wine/1/golden.json").toString());
  return z.object({ cases: z.array(z.object({ input: z.unknown() })) }).parse(golden).cases[0]
    ?.input;
}
