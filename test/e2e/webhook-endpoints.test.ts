import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { System } from "../support/system.ts";
import { api, RECEIVERS_HERE, register } from "../support/webhooks.ts";

/** Nobody listens there: these are about what the gateway takes and refuses. */
const URL_OF_NOBODY = "http://127.0.0.2:9/hook";

describe("webhook endpoints", () => {
  let system: System;
  let url: string;
  before(async () => {
    system = await System.bare(RECEIVERS_HERE);
    url = (await system.gateway()).url;
  });
  after(async () => system[Symbol.asyncDispose]());

  it("have no headers that are the message's own, or that differ by case alone", async () => {
    const refused = async (headers: object): Promise<unknown> => {
      const body = { url: URL_OF_NOBODY, headers };
      const problem = await api(`${url}/v1/webhook-endpoints`, 422, { body });
      assert.equal(problem["code"], "invalid_input");
      return problem["errors"];
    };
    const reserved = "is reserved: the message or the transport sets it";
    const twice = "appears twice: header names are case-insensitive";
    assert.deepEqual(await refused({ Host: "x", "webhook-signature": "v1,x", ok: "x" }), [
      { detail: reserved, pointer: "/headers/Host" },
      { detail: reserved, pointer: "/headers/webhook-signature" },
    ]);
    assert.deepEqual(await refused({ "X-Shop": "1", "x-shop": "2" }), [
      { detail: twice, pointer: "/headers/X-Shop" },
      { detail: twice, pointer: "/headers/x-shop" },
    ]);
    assert.deepEqual(await refused({ "a b": "1" }), [
      { detail: "is not a header name", pointer: "/headers/a b" },
    ]);
    const { id } = await register(url, { url: URL_OF_NOBODY, headers: { "X-Shop": "1" } });
    const shown = await api(`${url}/v1/webhook-endpoints/${id}`, 200);
    assert.deepEqual(shown["header_names"], ["x-shop"]);
  });

  it("are not pinged while they are disabled", async () => {
    const { id } = await register(url, { url: URL_OF_NOBODY, enabled: false });
    const ping = { method: "POST" };
    const problem = await api(`${url}/v1/webhook-endpoints/${id}/ping`, 409, ping);
    assert.equal(problem["code"], "endpoint_disabled");
    const enable = { method: "PATCH", body: { enabled: true } };
    await api(`${url}/v1/webhook-endpoints/${id}`, 200, enable);
    await api(`${url}/v1/webhook-endpoints/${id}/ping`, 202, ping);
  });

  it("keep each secret for its overlap: a fourth is refused, for tenants too", async () => {
    const { id } = await register(url, { url: URL_OF_NOBODY });
    const paths = [`/v1/webhook-endpoints/${id}/rotate-secret`, "/v1/webhook-secret/rotate"];
    await api(`${url}/v1/webhook-secret`, 200);
    for (const path of paths) {
      for (let i = 0; i < 2; i += 1) await api(`${url}${path}`, 200, { method: "POST" });
      const problem = await api(`${url}${path}`, 409, { method: "POST" });
      assert.equal(problem["code"], "secret_limit");
      await api(`${url}${path}`, 200, { body: { overlap_ms: 0 } });
      await api(`${url}${path}`, 200, { method: "POST" });
    }
  });
});
