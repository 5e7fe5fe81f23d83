import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { ApiDescription } from "../support/api-description.ts";
import { BatchClient, batchOf } from "../support/batch-client.ts";
import { postJson, repositoryFile } from "../support/client.ts";
import { ENDLESS } from "../support/endless.ts";
import { rawExchange, rawRequest, type RawAnswer, type RawOptions } from "../support/raw-answer.ts";
import { freePort } from "../support/redis.ts";
import { System } from "../support/system.ts";

const LOCKED = "default-src 'none'; frame-ancestors 'none'";
const wine: unknown = z
  .object({ cases: z.array(z.object({ input: z.unknown() })) })
  .parse(JSON.parse(repositoryFile("models/wine/1/golden.json").toString())).cases[0]?.input;
const QUESTION = { input: { text: "how do i clone an array" } };

/** What is no HTTP, or none that Node hands on, and the status it is answered with. */
const BROKEN: readonly (readonly [what: string, bytes: string, status: string])[] = [
  ["no HTTP", "GARBAGE\r\n\r\n", "400"],
  ["a head that is too large", `GET / HTTP/1.1\r\nx: ${"a".repeat(20_000)}\r\n\r\n`, "400"],
  [
    "an expectation",
    "GET /healthz HTTP/1.1\r\nhost: a\r\nexpect: tea\r\nconnection: close\r\n\r\n",
    "",
  ],
  [
    "two lengths",
    "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
    "400",
  ],
  ["no host", "GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n", "200"],
  ["a host that is none", "GET /healthz HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n", ""],
  ["a target that is none", "OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", ""],
];

describe("every answer forbids to guess its type, and to be framed or run, and is found again", () => {
  let system: System & { url: string };
  const ports: string[] = [];
  before(async () => {
    system = Object.assign(await System.bare({ BODY_BYTES_MAX: "100000" }), { url: "" });
    const [worker, courier] = [await freePort(), await freePort()];
    const [{ url }] = await Promise.all([
      system.gateway(),
      system.worker({ env: { HEALTH_PORT: String(worker), WORKER_MODELS: "faq-javascript,wine" } }),
      system.courier({ env: { HEALTH_PORT: String(courier) } }),
    ]);
    system.url = url;
    ports.push(`http://127.0.0.1:${worker}`, `http://127.0.0.1:${courier}`);
  });
  after(async () => system[Symbol.asyncDispose]());

  const ask = async (path: string, options: RawOptions = {}): Promise<RawAnswer> => {
    const headers = { authorization: `Bearer ${system.key}`, ...options.headers };
    const answer = await rawRequest(`${system.url}${path}`, { ...options, headers });
    check(`${options.method ?? "GET"} ${path} ${answer.status}`, answer);
    return answer;
  };

  function check(what: string, { headers }: Pick<RawAnswer, "headers">): void {
    assert.equal(headers["x-content-type-options"], "nosniff", what);
    assert.match(String(headers["x-request-id"]), /^[0-9a-f]{32}$/, what);
    assert.match(
      headers["traceparent"]?.toString() ?? "",
      /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/,
      what,
    );
    const policy = String(headers["content-security-policy"]);
    if (!what.includes(" /docs")) return assert.equal(policy, LOCKED, what);
    assert.match(policy, /^default-src 'none';.*frame-ancestors 'none'/, what);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/, what);
  }

  it("of every operation, with a key and without", async () => {
    const { body } = await ask("/openapi.json");
    const { operations } = new ApiDescription(JSON.parse(body.toString()));
    assert.ok(operations.length > 40);
    for (const { method, path } of operations) {
      const place = path.replace("{name}", "page.css").replaceAll(/\{\w+\}/g, "wine");
      const isEndless = ENDLESS.has(path);
      await ask(place, { method, isEndless });
      await ask(place, { method, isEndless, headers: { authorization: "Bearer none" } });
    }
  });

  it("of a job: its result, its events, and that nothing is new", async () => {
    const jobs = `${system.url}/v1/models/faq-javascript/jobs`;
    const { id } = (await postJson(jobs, QUESTION)).body;
    const { headers } = await ask(`/v1/jobs/${id}`);
    const seen = await ask(`/v1/jobs/${id}`, { headers: { "if-none-match": headers.etag ?? "" } });
    assert.equal(seen.status, 304);
    assert.equal((await ask(`/v1/jobs/${id}/result`)).status, 200);
    const events = await ask(`/v1/jobs/${id}/events`);
    assert.equal(events.headers["content-type"], "text/event-stream");
    assert.equal((await ask(`/v1/jobs/${id}`, { method: "DELETE" })).status, 204);
  });

  it("of a batch: its results as lines and as CSV, and its events", async () => {
    const batches = new BatchClient(system.url);
    const made = await batches.json({ model: "wine", items: [{ input: wine }] });
    const { id } = await batches.ended((await batchOf(made)).id);
    for (const type of ["application/x-ndjson", "text/csv"]) {
      const results = await ask(`/v1/batches/${id}/results`, { headers: { accept: type } });
      assert.equal(results.status, 200);
      assert.match(results.headers["content-type"] ?? "", new RegExp(`^${type}`));
    }
    const events = await ask(`/v1/batches/${id}/events`);
    assert.equal(events.headers["content-type"], "text/event-stream");
  });

  const refusals: readonly (readonly [status: number, path: string, options: RawOptions])[] = [
    [404, "/nowhere", {}],
    [405, "/healthz", { method: "DELETE" }],
    [400, "/v1/models/wine/jobs", { method: "POST", body: "{" }],
    [413, "/v1/models/wine/jobs", { method: "POST", body: "x".repeat(200_000) }],
    [
      415,
      "/v1/models/wine/jobs",
      { method: "POST", headers: { "content-type": "a/b" }, body: "x" },
    ],
    [422, "/v1/models/wine/jobs", { method: "POST", body: "{}" }],
  ];
  for (const [status, path, options] of refusals) {
    it(`of a refusal with ${status}`, async () => {
      const headers = { "content-type": "application/json", ...options.headers };
      assert.equal((await ask(path, { ...options, headers })).status, status);
    });
  }

  it("of the health ports", async () => {
    for (const port of ports) {
      for (const path of ["/healthz", "/readyz", "/metrics", "/nowhere"]) {
        for (const method of ["GET", "POST"]) {
          check(`${method} ${port}${path}`, await rawRequest(`${port}${path}`, { method }));
        }
      }
    }
  });

  for (const [what, bytes, status] of BROKEN) {
    it(`of every port to ${what}`, async () => {
      for (const place of [system.url, ...ports]) {
        const text = await rawExchange(place, bytes);
        const [head = ""] = text.split("\r\n\r\n");
        assert.match(head, new RegExp(`^HTTP/1.1 ${status}`), place);
        assert.match(head, /^x-content-type-options: nosniff$/im, `${place}: ${head}`);
        const policy = /^content-security-policy: (.*)$/im.exec(head)?.[1];
        assert.equal(policy?.trim(), LOCKED, `${place}: ${head}`);
      }
    });
  }
});
