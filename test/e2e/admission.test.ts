import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { answerSchema, ask, postBytes, postJson, request } from "../support/client.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const FIXTURES = { MODELS_DIR: "test/fixtures/models" };

/** No worker lives here: what is accepted stays outstanding. */
describe("at its limits, the gateway", () => {
  let system: System;
  before(async () => {
    system = await System.bare(FIXTURES);
  });
  after(async () => system[Symbol.asyncDispose]());

  const jobs = (url: string): string => `${url}/v1/models/slow-text/jobs`;
  const text = { input: { text: "hello" } };

  it("answers 429 for a tenant's quota and 503 for the queue's, and says what the limit is", async () => {
    const tight = await system.gateway({ env: { TENANT_OUTSTANDING_MAX: "2" } });
    const first = await postJson(jobs(tight.url), text, "");
    await postJson(jobs(tight.url), text, "");
    const third = await postJson(jobs(tight.url), text, "");
    assert.deepEqual([third.status, third.body.code], [429, "quota_exceeded"]);
    assert.ok(Number(third.headers.get("retry-after")) >= 1);
    assert.equal(third.headers.get("ratelimit"), '"tenant-outstanding";r=0');
    assert.equal(third.headers.get("ratelimit-policy"), '"tenant-outstanding";q=2;qu="jobs"');

    const full = await system.gateway({ env: { OUTSTANDING_MAX: "2" } });
    const fourth = await postJson(jobs(full.url), text, "");
    assert.deepEqual([fourth.status, fourth.body.code], [503, "queue_full"]);
    assert.equal(fourth.headers.get("ratelimit-policy"), '"queue-outstanding";q=2;qu="jobs"');

    await request(`${tight.url}/v1/jobs/${first.body.id}/cancel`, { method: "POST" });
    assert.equal((await postJson(jobs(tight.url), text, "")).status, 202, "a cancel frees room");
  });

  it("counts the requests of a key over all gateways, and says what is left", async () => {
    const env = { KEY_REQUESTS_PER_MINUTE: "3" };
    const [one, other] = await Promise.all([system.gateway({ env }), system.gateway({ env })]);
    const replies: Response[] = [];
    // Should a minute begin among them, the second round is whole within it.
    for (let round = 0; round < 2 && replies.every(({ ok }) => ok); round++) {
      for (const { url } of [one, other, one, other]) replies.push(await ask(`${url}/v1/models`));
    }
    const refused = replies.find(({ status }) => status === 429);
    assert.match(replies[0]?.headers.get("ratelimit") ?? "", /^"requests";r=2;t=\d+$/);
    assert.match(refused?.headers.get("ratelimit") ?? "", /^"requests";r=0;t=\d+$/);
    assert.equal(refused?.headers.get("ratelimit-policy"), '"requests";q=3;w=60');
    const { code } = answerSchema.parse(await refused?.json());
    assert.equal(code, "quota_exceeded");
    assert.ok(Number(refused?.headers.get("retry-after")) >= 1);
  });

  it("counts bytes as well as jobs", async () => {
    const { url } = await system.gateway({ env: { TENANT_OUTSTANDING_BYTES_MAX: "1024" } });
    const { status, body } = await postBytes(jobs(url), Buffer.alloc(1500, "x"), "text/plain", "");
    assert.deepEqual([status, body.code], [429, "quota_exceeded"]);
  });

  it("refuses before Redis is full, and takes jobs again when it is not", async () => {
    const { url, role } = await system.gateway();
    const client = system.redis.client();
    await client.config("SET", "maxmemory", "1mb");
    await until("the gateway has seen it", () => role.log.includes("nearly full"));
    const refused = await postJson(jobs(url), text, "");
    assert.deepEqual([refused.status, refused.body.code], [503, "service_unavailable"]);
    await client.config("SET", "maxmemory", "0");
    await until("the gateway has seen it", () => role.log.includes("has room again"));
    assert.equal((await postJson(jobs(url), text, "")).status, 202);
  });
});

describe("an output beyond OUTPUT_BYTES_MAX", () => {
  it("fails its job, and the worker goes on", async () => {
    await using system = await System.start({ OUTPUT_BYTES_MAX: "2048" });
    const { status, body } = await postJson(`${system.url}/v1/models/faq-javascript/jobs`, {
      input: { text: "how do i clone an array" },
      parameters: { top_k: 20 },
    });
    assert.deepEqual([status, body.code], [502, "result_too_large"]);
    const small = await postJson(`${system.url}/v1/models/faq-javascript/jobs`, {
      input: { text: "how do i clone an array" },
      parameters: { top_k: 1 },
    });
    assert.equal(small.status, 200);
  });
});
