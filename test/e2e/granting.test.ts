import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { ask, request } from "../support/client.ts";
import { issueKey } from "../support/keys.ts";
import { System } from "../support/system.ts";

describe("granting", () => {
  let system: System;
  let url: string;
  let redis: Redis;
  before(async () => {
    system = await System.bare();
    url = (await system.gateway()).url;
    redis = system.redis.client();
  });
  after(async () => system[Symbol.asyncDispose]());

  it("of operator, and of secrets that have it, is for keys that have it", async () => {
    const { tokens } = await issueKey(redis, { scopes: ["admin"] });
    const admin = { authorization: `Bearer ${tokens.primary}` };
    const operator = await issueKey(redis, { scopes: ["operator"] });
    for (const [path, body] of [
      ["", { name: "x", scopes: ["jobs:read", "operator"] }],
      [`/${operator.key.id}/regenerate`, { secret: "primary" }],
    ] as const) {
      const init = { method: "POST", body: JSON.stringify(body) };
      const refused = await request(`${url}/v1/keys${path}`, { ...init, headers: admin });
      assert.deepEqual([refused.status, refused.body["scope"]], [403, "operator"], path);
      const own = await ask(`${url}/v1/keys${path}`, init);
      assert.equal(own.status, path === "" ? 201 : 200);
    }
  });
});
