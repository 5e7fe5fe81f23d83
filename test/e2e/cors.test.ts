import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { keyHeader } from "../support/client.ts";
import { EndpointClient, shares } from "../support/endpoints.ts";
import { versionedModel } from "../support/models.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const OURS = "https://ours.example";
const SHOP = "https://shop.example";
const STRANGER = "https://stranger.example";

const ASKED: Record<string, string> = {
  "access-control-request-headers": "authorization,content-type",
};

describe("a browser with a page of another origin", () => {
  const models = versionedModel(2);
  let system: System & { url: string };
  before(async () => {
    system = await System.start({
      MODELS_DIR: models,
      CORS_ORIGINS: `${OURS}, http://127.0.0.1:1`,
    });
    const client = new EndpointClient(system.url);
    await client.put("open", { ...shares(50, 50), cors: { origins: [SHOP] } });
    await client.put("closed", shares(50, 50));
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  const preflight = async (path: string, origin: string, asked = ASKED) => {
    const response = await fetch(`${system.url}${path}`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        ...asked,
      },
    });
    await response.arrayBuffer();
    return response;
  };
  const readable = async (path: string, origin: string, init: RequestInit = {}) => {
    const response = await fetch(`${system.url}${path}`, {
      ...init,
      headers: {
        ...keyHeader(system.url),
        ...Object.fromEntries(new Headers(init.headers)),
        origin,
      },
    });
    await response.arrayBuffer();
    assert.match(response.headers.get("vary") ?? "", /Origin/);
    return [response.status, response.headers.get("access-control-allow-origin")];
  };

  it("is told what it may send, without a key", async () => {
    const response = await preflight("/v1/models/open/jobs", OURS);
    assert.equal(response.status, 204);
    assert.equal(response.headers.get("access-control-allow-origin"), OURS);
    assert.equal(
      response.headers.get("access-control-allow-headers"),
      "authorization,content-type",
    );
    assert.match(response.headers.get("access-control-allow-methods") ?? "", /\bPOST\b/);
  });

  it("may ask for no headers, and is told of none", async () => {
    for (const asked of [{}, { "access-control-request-headers": "" }]) {
      const response = await preflight("/v1/models/open/jobs", OURS, asked);
      const { headers } = response;
      assert.deepEqual([response.status, headers.get("access-control-allow-origin")], [204, OURS]);
      assert.ok(!headers.has("access-control-allow-headers"));
      assert.match(headers.get("access-control-allow-methods") ?? "", /\bPOST\b/);
    }
  });

  it("reads answers and problems alike, where its origin may", async () => {
    const post = { method: "POST", headers: { "content-type": "application/json" }, body: "{" };
    assert.deepEqual(await readable("/v1/models", OURS), [200, OURS]);
    assert.deepEqual(await readable("/v1/models/open/jobs", OURS, post), [400, OURS]);
    assert.deepEqual(await readable("/v1/models/open/jobs", SHOP, post), [400, SHOP]);
    assert.deepEqual(await readable("/v1/jobs/job_0", SHOP), [404, SHOP]);
    assert.deepEqual(await readable("/v1/models/closed/jobs", SHOP, post), [400, null]);
    assert.deepEqual(await readable("/v1/models", SHOP), [200, null]);
    assert.deepEqual(await readable("/v1/models", STRANGER), [200, null]);
  });

  it("is answered as anybody where its origin may not", async () => {
    assert.equal((await preflight("/v1/models/open/jobs", STRANGER)).status, 405);
    assert.equal((await preflight("/v1/models/closed/jobs", SHOP)).status, 405);
    assert.equal((await preflight("/v1/models/open/jobs", SHOP)).status, 204);
    assert.equal((await preflight("/v1/models/", SHOP)).status, 404);
    assert.equal((await preflight("/api/v1/service/closed/score", SHOP)).status, 405);
    assert.equal((await preflight("/api/v1/service/open/score", SHOP)).status, 204);
  });

  it("may from one moment to the next, and no longer", async () => {
    const client = new EndpointClient(system.url);
    await client.put("closed", { ...shares(50, 50), cors: { origins: ["*"] } });
    assert.equal((await preflight("/v1/models/closed/jobs", STRANGER)).status, 204);
    await client.put("closed", shares(50, 50));
    await until("it is closed", async () => {
      return (await preflight("/v1/models/closed/jobs", STRANGER)).status === 405;
    });
  });
});
