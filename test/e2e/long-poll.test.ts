import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { postJson, request } from "../support/client.ts";
import { System } from "../support/system.ts";

const FIXTURES = { MODELS_DIR: "test/fixtures/models" };

describe("a long-poll", () => {
  let system: System & { url: string };
  let other = "";
  before(async () => {
    system = await System.start(FIXTURES);
    other = (await system.gateway()).url;
  });
  after(async () => system[Symbol.asyncDispose]());

  const submit = async (text: string, prefer = "") =>
    postJson(`${system.url}/v1/models/slow-text/jobs`, { input: { text } }, prefer);

  it("returns as soon as the job ends, on the same and on another gateway", async () => {
    const { body } = await submit("slow");
    const began = performance.now();
    const polls = await Promise.all(
      [system.url, other].map(async (url) =>
        request(`${url}/v1/jobs/${body.id}`, { headers: { prefer: "wait=60" } }),
      ),
    );
    const tookMs = performance.now() - began;
    assert.deepEqual(
      polls.map((poll) => poll.body.status),
      ["succeeded", "succeeded"],
    );
    assert.ok(tookMs < 55_000, `the wait was 60 s, the answer came after ${tookMs} ms`);
  });

  it("answers with the job as it is when the wait ends first", async () => {
    const { body, status } = await submit("slow", "wait=0.2");
    assert.equal(status, 202);
    const poll = await request(`${other}/v1/jobs/${body.id}?wait=0.1`);
    assert.equal(poll.status, 200);
    assert.ok(["queued", "running"].includes(String(poll.body.status)));
    assert.ok(Number(poll.headers.get("retry-after")) >= 1);
    const result = await request(`${other}/v1/jobs/${body.id}/result`);
    assert.equal(result.status, 202);
    await request(`${other}/v1/jobs/${body.id}`, { headers: { prefer: "wait=30" } });
  });

  it("is ended by a cancel on another gateway, and late output is discarded", async () => {
    const waiting = submit("slow", "wait=30");
    const { body } = await submit("slow");
    const poll = request(`${system.url}/v1/jobs/${body.id}`, { headers: { prefer: "wait=30" } });
    const cancel = async () => request(`${other}/v1/jobs/${body.id}/cancel`, { method: "POST" });
    assert.deepEqual([(await cancel()).status, (await cancel()).status], [200, 200]);
    assert.equal((await poll).body.status, "canceled");
    assert.equal((await waiting).body.status, "succeeded");
    const later = await request(`${system.url}/v1/jobs/${body.id}`);
    assert.deepEqual([later.body.status, later.body.output], ["canceled", null]);
    const result = await request(`${system.url}/v1/jobs/${body.id}/result`);
    assert.deepEqual([result.status, result.body.code], [409, "canceled"]);
  });
});
