import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { z } from "zod";
import { bearer, newCode } from "../support/access-tokens.ts";
import { cli } from "../support/cli.ts";
import { issueKey } from "../support/keys.ts";
import { keys } from "../support/redis-keys.ts";
import { System } from "../support/system.ts";

const HOUR_MS = 3_600_000;
const answer = z.looseObject({});
const NONE = `${"0".repeat(26)}_${"0".repeat(32)}`;

describe("a sign-in code", () => {
  let system: System;
  let redis: Redis;
  let url = "";
  before(async () => {
    system = await System.bare({ STRANGER_REQUESTS_PER_SECOND: "2" });
    redis = system.redis.client();
    ({ url } = await system.gateway());
  });
  after(async () => system[Symbol.asyncDispose]());

  const send = async (path: string, token: string | undefined, init: RequestInit = {}) => {
    const headers = { "content-type": "application/json", ...(token && bearer(token)) };
    const response = await fetch(`${url}${path}`, { ...init, headers });
    const text = await response.text();
    const body = answer.parse(JSON.parse(text || "{}"));
    return { status: response.status, headers: response.headers, body };
  };
  /** By default with a key, so that strangers' budget stays. */
  const use = async (code: string, key: string | undefined = system.key) =>
    send("/v1/sign-ins", key, { method: "POST", body: JSON.stringify({ code }) });

  it("becomes a token that may do what its key may, in its tenant, for a day's work", async () => {
    const limits = { tenant: "shop", scopes: ["jobs:read"], models: ["wine"] } as const;
    const { key, tokens } = await issueKey(redis, limits);
    const { status, headers, body } = await use(await newCode(url, tokens.primary));
    assert.deepEqual([status, headers.get("cache-control")], [200, "no-store"]);
    const { body: caller } = await send("/v1/caller", String(body["access_token"]));
    assert.deepEqual(
      [caller["kind"], caller["id"], caller["tenant"], caller["scopes"], caller["models"]],
      ["token", key.id, "shop", ["jobs:read"], ["wine"]],
    );
    const lifeMs = Date.parse(String(body["expires_at"])) - Date.now();
    assert.ok(lifeMs > 7 * HOUR_MS && lifeMs <= 8 * HOUR_MS);
  });

  it("is known to Redis by its hash alone, and only for ten minutes", async () => {
    const { key, tokens } = await issueKey(redis);
    const code = await newCode(url, tokens.primary);
    const [, secret = ""] = code.split("_");
    const record = (await redis.get(keys.signIn(key.id))) ?? "";
    assert.ok(record.includes(hash("sha256", secret, "base64")) && !record.includes(secret));
    const leftMs = await redis.pttl(keys.signIn(key.id));
    assert.ok(leftMs > 500_000 && leftMs <= 600_000);
    assert.ok(!system.roles.some(({ log }) => log.includes(secret)));
    await redis.pexpire(keys.signIn(key.id), 1);
    assert.equal((await use(code)).status, 401);
  });

  it("works once, also when two come at once", async () => {
    const { tokens } = await issueKey(redis);
    const code = await newCode(url, tokens.primary);
    const all = await Promise.all(Array.from({ length: 8 }, async () => use(code)));
    assert.equal(all.filter(({ status }) => status === 200).length, 1);
    assert.equal(all.filter(({ status }) => status === 401).length, 7);
  });

  it("is of no use when there is a newer one, or its key or secret has ended", async () => {
    const { key, tokens } = await issueKey(redis);
    const first = await newCode(url, tokens.primary);
    const second = await newCode(url, tokens.primary);
    assert.equal((await use(first)).status, 401);
    const path = `/v1/keys/${key.id}`;
    const body = JSON.stringify({ secret: "primary" });
    await send(`${path}/regenerate`, system.key, { method: "POST", body });
    assert.equal((await use(second)).status, 401);
    const third = await newCode(url, tokens.secondary);
    await send(path, system.key, { method: "DELETE" });
    assert.equal((await use(third)).status, 401);
  });

  it("is not used up by a wrong one, which tells nothing", async () => {
    const { tokens } = await issueKey(redis);
    const code = await newCode(url, tokens.primary);
    const { status, body } = await use(`${code.slice(0, 27)}${"0".repeat(32)}`);
    const unknown = await use(NONE);
    assert.deepEqual([status, unknown.status], [401, 401]);
    assert.equal(body["detail"], unknown.body["detail"]);
    assert.equal((await use(code)).status, 200);
  });

  it("is not to be guessed: who has no key takes of the strangers' budget", async () => {
    const tries = await Promise.all(Array.from({ length: 40 }, async () => use(NONE, "")));
    const statuses = tries.map(({ status }) => status);
    assert.ok(statuses.filter((status) => status === 401).length <= 30, statuses.join(" "));
    assert.ok(statuses.includes(429));
  });

  it("is made with keys alone: a token could not end with what it makes", async () => {
    const { tokens } = await issueKey(redis);
    const { body } = await use(await newCode(url, tokens.primary));
    const token = String(body["access_token"]);
    const { status } = await send("/v1/sign-in-codes", token, { method: "POST" });
    assert.equal(status, 403);
  });

  it("is printed as a link by the command line", async () => {
    const env = { SCORELINE_API_KEY: system.key };
    const { code: exit, out } = await cli(["sign-in", "--url", url], env);
    const [, code = ""] = new RegExp(`^${url}/#/sign-in/(\\w+)\\n$`).exec(out) ?? [];
    assert.deepEqual([exit, (await use(code)).status], [0, 200], out);
  });
});
