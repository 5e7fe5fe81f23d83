import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { z } from "zod";
import type { NewKey } from "../../shared/access/key.ts";
import { openAccessKeys } from "../../shared/access/access-keys.ts";
import { keys } from "../support/redis-keys.ts";
import { asksNothing } from "../support/access-tokens.ts";
import { ask, request } from "../support/client.ts";
import { issueKey } from "../support/keys.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const QUESTION = JSON.stringify({ input: { text: "how do i clone an array" } });
const keySchema = z.looseObject({
  id: z.string(),
  last_used_at: z.string().nullable(),
  secrets: z.record(z.string(), z.string()).optional(),
});
const pathsSchema = z.record(
  z.string(),
  z.record(z.string(), z.looseObject({ security: z.array(z.unknown()) })),
);

describe("access", () => {
  let system: System & { url: string };
  let redis: Redis;
  before(async () => {
    system = await System.start({ STRANGER_REQUESTS_PER_SECOND: "0" });
    redis = system.redis.client();
  });
  after(async () => system[Symbol.asyncDispose]());

  const token = async (more: Partial<NewKey> = {}): Promise<string> =>
    (await issueKey(redis, more)).tokens.primary;
  const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` });
  const score = async (text: string, model = "faq-javascript", body = QUESTION) =>
    request(`${system.url}/v1/models/${model}/jobs`, {
      method: "POST",
      headers: { ...bearer(text), "content-type": "application/json", prefer: "wait=60" },
      body,
    });
  const keysRequest = async (path: string, init: RequestInit = {}) =>
    ask(`${system.url}/v1/keys${path}`, init);
  const post = async (path: string, body: unknown): Promise<Response> =>
    keysRequest(path, { method: "POST", body: JSON.stringify(body) });
  const keyIn = async (response: Response) => keySchema.parse(await response.json());

  describe("without a key", () => {
    it("is refused at every operation that wants one, and given at every open one", async () => {
      const description: unknown = await (await fetch(`${system.url}/openapi.json`)).json();
      const { paths } = z.object({ paths: pathsSchema }).parse(description);
      let locked = 0;
      for (const [path, methods] of Object.entries(paths)) {
        for (const [method, { security }] of Object.entries(methods)) {
          const named = path.replace("{folder}", "app").replace("{name}", "page.css");
          const url = `${system.url}${named.replaceAll(/\{\w+\}/g, "wine")}`;
          const response = await fetch(url, { method: method.toUpperCase() });
          const text = await response.text();
          if (security.length === 0) assert.equal(response.status, method === "post" ? 400 : 200);
          else {
            locked += 1;
            assert.equal(response.status, 401, `${method} ${path}`);
            assert.match(text, /"code":"unauthenticated"/);
            const challenge = response.headers.get("www-authenticate");
            assert.equal(challenge, 'Bearer realm="scoreline"');
          }
        }
      }
      assert.ok(locked >= 11);
    });
  });

  describe("with a key that is none", () => {
    it("is refused, whatever is wrong with it", async () => {
      const real = await token();
      const other = await token();
      const swapped = real.slice(0, 30) + other.slice(30);
      const unsigned = `sk_7${real.slice(4)}`;
      const cut = real.slice(0, -1);
      for (const text of [swapped, unsigned, cut, `${real}0`, "", "Bearer", real.toUpperCase()]) {
        const { status, headers, body } = await score(text);
        assert.deepEqual([status, body.code], [401, "unauthenticated"], text);
        const challenge = headers.get("www-authenticate");
        assert.equal(challenge, 'Bearer realm="scoreline", error="invalid_token"');
      }
      const basic = await fetch(`${system.url}/v1/models`, { headers: { authorization: real } });
      assert.equal(basic.status, 401);
      const lower = { authorization: `bearer   ${real}` };
      assert.equal((await fetch(`${system.url}/v1/models`, { headers: lower })).status, 200);
    });

    it("asks nothing of Redis when the key's id was not made here", async () => {
      const path = `${system.url}/v1/models`;
      await asksNothing(redis, "hgetall", async (i) => {
        const id = `0${"0".repeat(20)}${String(10_000 + i)}`;
        const { status } = await fetch(path, { headers: bearer(`sk_${id}_${"0".repeat(64)}`) });
        assert.equal(status, 401);
      });
    });
  });

  it("is given by either of the two secrets", async () => {
    const { tokens } = await issueKey(redis, { scopes: ["jobs:write"] });
    assert.equal((await score(tokens.primary)).status, 200);
    assert.equal((await score(tokens.secondary)).status, 200);
  });

  it("keeps only hashes of secrets", async () => {
    const { key, tokens } = await issueKey(redis);
    const record = JSON.stringify(await redis.hgetall(keys.accessKey(key.id)));
    for (const text of Object.values(tokens)) {
      assert.ok(!record.includes(text.split("_")[2] ?? text));
    }
  });

  describe("by scope", () => {
    it("lets a key do what it has, and names what it lacks", async () => {
      const writer = await token({ scopes: ["jobs:write"] });
      const reader = await token({ scopes: ["jobs:read"] });
      const { status, body } = await score(writer);
      assert.equal(status, 200);
      const job = `${system.url}/v1/jobs/${body.id}`;
      const refusals: [string, string, string, RequestInit][] = [
        [writer, "jobs:read", job, {}],
        [writer, "jobs:read", `${job}/result`, {}],
        [writer, "jobs:cancel", `${job}/cancel`, { method: "POST" }],
        [reader, "jobs:cancel", `${job}/cancel`, { method: "POST" }],
        [reader, "jobs:write", `${system.url}/v1/models/wine/jobs`, { method: "POST" }],
        [reader, "admin", `${system.url}/v1/keys`, {}],
      ];
      for (const [text, scope, url, init] of refusals) {
        const refused = await request(url, { ...init, headers: bearer(text) });
        assert.deepEqual([refused.status, refused.body.code], [403, "forbidden"], url);
        assert.equal(refused.body["scope"], scope);
        assert.match(refused.body.detail ?? "", new RegExp(scope));
        const challenge = refused.headers.get("www-authenticate") ?? "";
        assert.ok(challenge.endsWith(`error="insufficient_scope", scope="${scope}"`), challenge);
      }
      assert.equal((await request(job, { headers: bearer(reader) })).status, 200);
      assert.equal((await request(job)).status, 200, "admin is all of them");
    });
  });

  describe("by model", () => {
    it("shows and scores only what is on the list", async () => {
      const listed = await token({ models: ["faq-javascript", "image-classification@1"] });
      const models = await fetch(`${system.url}/v1/models`, { headers: bearer(listed) });
      const { data } = z
        .object({
          data: z.array(z.looseObject({ versions: z.array(z.object({ id: z.string() })) })),
        })
        .parse(await models.json());
      const ids = data.flatMap(({ versions }) => versions.map(({ id }) => id));
      assert.deepEqual(ids, ["faq-javascript@1", "faq-javascript@2", "image-classification@1"]);
      assert.equal((await score(listed)).status, 200);
      assert.equal((await score(listed, "faq-javascript@1")).status, 200);
      for (const model of ["wine", "wine@1", "image-classification@2", "no-such-model"]) {
        const { status, body } = await score(listed, model);
        assert.deepEqual([status, body.code], [403, "forbidden"], model);
        const one = await fetch(`${system.url}/v1/models/${model}`, { headers: bearer(listed) });
        assert.equal(one.status, 403);
      }
      assert.equal((await score(listed, "faq-javascript@77")).status, 404);
    });
  });

  describe("by class", () => {
    it("makes bulk jobs only with a key that is capped to bulk", async () => {
      const capped = await token({ ceiling: "bulk" });
      const withPriority = (priority: string): string =>
        JSON.stringify({ input: { text: "how do i sleep" }, priority });
      const above = await score(capped, "faq-javascript", withPriority("interactive"));
      assert.deepEqual([above.status, above.body.code], [403, "forbidden"]);
      assert.equal(above.body.errors?.[0]?.pointer, "/priority");
      const asked = await score(capped, "faq-javascript", withPriority("bulk"));
      const unasked = await score(capped);
      assert.deepEqual([asked.status, unasked.status], [200, 200]);
      assert.deepEqual([asked.body["priority"], unasked.body["priority"]], ["bulk", "bulk"]);
    });
  });

  it("does not run a job again that the key could not have made", async () => {
    const interactive = await score(
      system.key,
      "image-classification",
      '{"input":{"image":"AAAA"}}',
    );
    const id = interactive.body.job_id ?? "";
    assert.match(id, /^job_/, JSON.stringify(interactive.body));
    for (const more of [{ ceiling: "bulk" }, { models: ["wine"] }] as const) {
      const refused = await request(`${system.url}/v1/jobs/${id}/retry`, {
        method: "POST",
        headers: bearer(await token(more)),
      });
      assert.deepEqual([refused.status, refused.body.code], [403, "forbidden"]);
    }
    const retried = await request(`${system.url}/v1/jobs/${id}/retry`, { method: "POST" });
    assert.equal(retried.status, 202);
  });

  it("ends when a key expires", async () => {
    const past = await score(await token({ expiresAtMs: Date.now() - 1 }));
    assert.deepEqual([past.status, past.body.code], [401, "unauthenticated"]);
    assert.match(past.body.detail ?? "", /has expired/);
    assert.equal((await score(await token({ expiresAtMs: Date.now() + 3_600_000 }))).status, 200);
  });

  it("is noted, once a minute", async () => {
    const { key, tokens } = await issueKey(redis);
    const lastUse = async (): Promise<number | undefined> =>
      (await (await openAccessKeys(redis)).find(key.id))?.lastUsedAtMs;
    assert.equal(await lastUse(), undefined);
    await score(tokens.primary);
    await until("the use is noted", async () => (await lastUse()) !== undefined);
    const first = await lastUse();
    for (let i = 0; i < 3; i++) await score(tokens.primary);
    assert.equal(await lastUse(), first);
  });

  describe("to keys, for admins", () => {
    it("makes, shows, lists and ends them, and tells secrets once", async () => {
      const wanted = { name: " shop ", tenant: "shop-1", scopes: ["jobs:read", "jobs:read"] };
      const made = await post("", { ...wanted, models: ["wine"], priority_ceiling: "bulk" });
      assert.equal(made.status, 201);
      const { secrets, ...key } = await keyIn(made);
      assert.equal(made.headers.get("location"), `/v1/keys/${key.id}`);
      assert.deepEqual(
        [key["name"], key["tenant"], key["scopes"], key["models"], key["priority_ceiling"]],
        ["shop", "shop-1", ["jobs:read"], ["wine"], "bulk"],
      );
      assert.deepEqual(Object.keys(secrets ?? {}), ["primary", "secondary"]);
      assert.deepEqual(await keyIn(await keysRequest(`/${key.id}`)), key);
      const list = await (await keysRequest("")).text();
      assert.ok(list.includes(key.id));
      assert.ok(!list.includes("sk_") && !list.includes("secrets"));
      const gone = [await keysRequest(`/${key.id}`, { method: "DELETE" })];
      gone.push(await keysRequest(`/${key.id}`, { method: "DELETE" }));
      assert.deepEqual(
        gone.map(({ status }) => status),
        [204, 204],
      );
      assert.equal((await keysRequest(`/${key.id}`)).status, 404);
      assert.ok(!(await (await keysRequest("")).text()).includes(key.id));
    });

    it("refuses what makes no sense, with a pointer", async () => {
      const cases: [unknown, string][] = [
        [{}, "/name"],
        [{ name: "  " }, "/name"],
        [{ name: "x", tenant: "Shop" }, "/tenant"],
        [{ name: "x", tenant: "-shop" }, "/tenant"],
        [{ name: "x", scopes: [] }, "/scopes"],
        [{ name: "x", scopes: ["jobs"] }, "/scopes/0"],
        [{ name: "x", models: ["a b"] }, "/models/0"],
        [{ name: "x", models: [] }, "/models"],
        [{ name: "x", priority_ceiling: "low" }, "/priority_ceiling"],
        [{ name: "x", expires_at: "2020-01-01T00:00:00Z" }, "/expires_at"],
        [{ name: "x", expires_at: "tomorrow" }, "/expires_at"],
        [{ name: "x", expire: null }, "/expire"],
      ];
      for (const [body, pointer] of cases) {
        const refused = await request(`${system.url}/v1/keys`, {
          method: "POST",
          body: JSON.stringify(body),
        });
        assert.equal(refused.status, 422, JSON.stringify(body));
        assert.equal(refused.body.errors?.[0]?.pointer, pointer);
      }
      for (const path of ["/nonsense", `/key_${"0".repeat(26)}`]) {
        assert.equal((await keysRequest(path)).status, 404);
        assert.equal((await keysRequest(path, { method: "DELETE" })).status, 404);
        assert.equal((await post(`${path}/regenerate`, { secret: "primary" })).status, 404);
      }
      for (const query of ["?limit=0", "?limit=101", "?limit=x", "?after=x"]) {
        assert.equal((await keysRequest(query)).status, 422, query);
      }
    });

    it("lists pages that hold every key once", async () => {
      for (let i = 0; i < 5; i++) await issueKey(redis, { scopes: ["jobs:read"] });
      const page = z.object({ data: z.array(z.object({ id: z.string() })), has_more: z.boolean() });
      const seen: string[] = [];
      let next: string | undefined = "/v1/keys?limit=2";
      while (next !== undefined) {
        const response = await ask(`${system.url}${next}`);
        const { data, has_more: hasMore } = page.parse(await response.json());
        seen.push(...data.map(({ id }) => id));
        next = /^<(.+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
        assert.equal(next !== undefined, hasMore);
      }
      assert.deepEqual(seen, await redis.zrange(keys.accessKeys, "0", "-1"));
      assert.ok(seen.length > 5);
    });
  });
});
