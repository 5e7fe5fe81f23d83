import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { rawRequest, type RawAnswer } from "../support/raw-answer.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const PAGES = [
  "/openapi.json",
  "/docs",
  "/docs/errors",
  "/docs/assets/swagger-ui-bundle.js",
  "/page/app/icon.svg",
  "/page/main/main.ts",
];

describe("the open pages", () => {
  const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  let system: System;
  let url = "";
  before(async () => {
    add("mine", 1);
    system = await System.bare({ MODELS_DIR: models });
    ({ url } = await system.gateway());
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  function add(name: string, version: number): void {
    const home = join(models, name, String(version));
    cpSync("test/fixtures/models/slow-text/1", home, { recursive: true });
    const file = join(home, "manifest.json");
    const text = readFileSync(file, "utf8").replace('"slow-text"', `"${name}"`);
    writeFileSync(file, text.replace('"version": 1', `"version": ${version}`));
  }

  const look = async (
    path: string,
    headers: Record<string, string> = {},
    method = "GET",
  ): Promise<RawAnswer> => rawRequest(`${url}${path}`, { method, headers });

  for (const path of PAGES) {
    it(`${path} is not sent to who has it, in either encoding`, async () => {
      for (const encoding of ["identity", "gzip"]) {
        const accept = { "accept-encoding": encoding };
        const { status, headers, body } = await look(path, accept);
        const { etag = "" } = headers;
        assert.equal(status, 200);
        assert.match(etag, /^"[^"]+"$/);
        assert.equal(headers["cache-control"], "no-cache");
        assert.equal(Number(headers["content-length"]), body.length);
        assert.equal((await look(path, accept)).headers.etag, etag);
        for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
          const again = await look(path, { ...accept, "if-none-match": known });
          assert.equal(again.status, 304, known);
          assert.equal(again.headers.etag, etag);
          assert.equal(again.body.length, 0);
        }
        const other = await look(path, { ...accept, "if-none-match": '"other"' });
        assert.equal(other.status, 200);
      }
    });

    it(`${path} says of itself to HEAD what it says to GET`, async () => {
      const get = await look(path);
      const head = await look(path, {}, "HEAD");
      const said = ({ status, headers }: RawAnswer) => [
        status,
        ...["etag", "content-type", "content-length", "cache-control"].map((name) => headers[name]),
      ];
      assert.deepEqual(said(head), said(get));
      assert.equal(head.body.length, 0);
    });
  }

  it("are packed for who takes that, under a tag of their own", async () => {
    for (const path of PAGES.filter((page) => !page.endsWith(".svg"))) {
      const plain = await look(path);
      const packed = await look(path, { "accept-encoding": "br, gzip;q=0.5" });
      assert.equal(packed.headers["content-encoding"], "gzip");
      assert.equal(packed.headers.vary, "accept-encoding");
      assert.equal(plain.headers.vary, "accept-encoding");
      assert.deepEqual(gunzipSync(packed.body), plain.body);
      assert.ok(packed.body.length < plain.body.length);
      assert.notEqual(packed.headers.etag, plain.headers.etag);
      const unwanted = await look(path, { "accept-encoding": "gzip;q=0, *" });
      assert.equal(unwanted.headers["content-encoding"], undefined);
    }
  });

  it("get another tag with another version of a model, and only then", async () => {
    const { etag = "" } = (await look("/openapi.json")).headers;
    add("mine", 2);
    await until("the new version is described", async () => {
      const { status, headers, body } = await look("/openapi.json", { "if-none-match": etag });
      if (status === 304) return false;
      assert.notEqual(headers.etag, etag);
      assert.match(body.toString(), /mine@2/);
      return true;
    });
  });
});

describe("callers without a key", () => {
  /** More than a budget of 1 a second lets pass, however slow this machine is. */
  const MANY = 60;
  const OPEN = [
    "/",
    "/openapi.json",
    "/docs",
    "/docs/errors",
    "/docs/assets/page.css",
    "/page/app/page.css",
  ];
  const PROBED = ["/healthz", "/readyz", "/metrics"];

  /** Over a few connections: more than a thousand at once some systems refuse. */
  async function manyOf(url: string, headers: Record<string, string> = {}): Promise<RawAnswer[]> {
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const all = Array.from({ length: MANY }, async () => rawRequest(url, { headers, agent }));
    return Promise.all(all).finally(() => agent.destroy());
  }

  it("share a budget, and who has a key gets everything meanwhile", async () => {
    await using system = await System.bare({ STRANGER_REQUESTS_PER_SECOND: "1" });
    const { role, url } = await system.gateway();
    const burst = async (path: string, headers: Record<string, string>): Promise<RawAnswer[]> =>
      manyOf(`${url}${path}`, headers);
    const wrong = { authorization: `Bearer ${system.key.slice(0, -1)}x` };
    const key = { authorization: `Bearer ${system.key}` };
    const [strangers, keyed, probes] = await Promise.all([
      Promise.all([...OPEN.map((path) => burst(path, {})), burst("/v1/models", wrong)]),
      Promise.all([...OPEN, "/v1/models", "/v1/jobs"].map((path) => burst(path, key))),
      Promise.all(PROBED.map((path) => burst(path, {}))),
    ]);
    const refused = strangers.flat().filter(({ status }) => status === 429);
    assert.ok(refused.length > MANY, `${refused.length} were refused`);
    for (const { headers, body } of refused) {
      assert.ok(Number(headers["retry-after"]) >= 1);
      assert.match(body.toString(), /"code":"quota_exceeded"/);
    }
    for (const { status } of [keyed, probes].flat(2)) assert.equal(status, 200);
    assert.doesNotMatch(role.log, /"status":429/); // or strangers would fill the log
  });

  it("are everybody with AUTH=off, and nobody is counted", async () => {
    await using system = await System.bare({ AUTH: "off", STRANGER_REQUESTS_PER_SECOND: "1" });
    const { url } = await system.gateway();
    for (const path of ["/openapi.json", "/v1/models"]) {
      for (const { status } of await manyOf(`${url}${path}`)) assert.equal(status, 200);
    }
  });
});
