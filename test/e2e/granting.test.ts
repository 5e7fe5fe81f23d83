import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { z } from "zod";
import { parseToken } from "../../shared/access/token.ts";
import { ask, request } from "../support/client.ts";
import { issueKey } from "../support/keys.ts";
import { makeToken } from "../support/access-tokens.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";

const stateSchema = z.looseObject({ name: z.string().optional() }).nullable();
const auditSchema = z.looseObject({
  role: z.string(),
  msg: z.string(),
  by: z.string(),
  with: z.string(),
  before: stateSchema,
  after: stateSchema,
});
const madeSchema = z.looseObject({ id: z.string(), secrets: z.record(z.string(), z.string()) });
const roleKeySchema = madeSchema.extend({ role: z.string(), models: z.array(z.string()) });

describe("granting", () => {
  let system: System;
  let url: string;
  let redis: Redis;
  let gateway: Role;
  before(async () => {
    system = await System.bare();
    ({ url, role: gateway } = await system.gateway());
    redis = system.redis.client();
  });
  after(async () => system[Symbol.asyncDispose]());

  const send = async (method: string, path: string, body?: object): Promise<string> => {
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await ask(`${url}${path}`, init);
    assert.ok(response.ok, `${method} ${path}`);
    return response.text();
  };
  /** Of whole lines, those that tell of a change. */
  const auditOf = (text: string): readonly z.infer<typeof auditSchema>[] =>
    text
      .split("\n")
      .slice(0, -1)
      .filter((line) => line.includes('"audit":true'))
      .map((line) => auditSchema.parse(JSON.parse(line)));

  it("leaves a line that says who changed what, from what to what, and no secret", async () => {
    const from = gateway.log.length;
    const by = parseToken(system.key)?.keyId;
    const { id, secrets } = madeSchema.parse(
      JSON.parse(await send("POST", "/v1/keys", { name: "shop", scopes: ["jobs:read"] })),
    );
    await send("POST", `/v1/keys/${id}/regenerate`, { secret: "secondary" });
    await send("DELETE", `/v1/keys/${id}`);
    await send("DELETE", `/v1/keys/${id}`);
    await until("the lines have come", () => auditOf(gateway.log.slice(from)).length === 3);
    const text = gateway.log.slice(from);
    const lines = auditOf(text);
    assert.deepEqual(
      lines.map(({ msg, before: was, after: is }) => [msg, was?.name, is?.name]),
      [
        ["key created", undefined, "shop"],
        ["key regenerated", "shop", "shop"],
        ["key revoked", "shop", undefined],
      ],
    );
    for (const line of lines) {
      assert.deepEqual([line.by, line.with, line["key"]], [by, "key", id]);
    }
    for (const secret of Object.values(secrets)) assert.ok(!text.includes(secret.slice(30)));
  });

  it("with an access token leaves a line that names its key", async () => {
    const { id } = madeSchema.parse(JSON.parse(await send("POST", "/v1/keys", { name: "two" })));
    const { access_token: token } = await makeToken(url, system.key);
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await ask(`${url}/v1/keys/${id}`, { method: "DELETE", headers })).status, 204);
    const revoked = () =>
      auditOf(gateway.log).filter(({ msg, key }) => msg === "key revoked" && key === id);
    await until("the line has come", () => revoked().length > 0);
    const [line] = revoked();
    assert.deepEqual([line?.by, line?.with], [parseToken(system.key)?.keyId, "token"]);
  });

  it("a role leaves lines that name it, and are the gateway's", async () => {
    const from = gateway.log.length;
    await send("PUT", "/v1/roles/tester", { scopes: ["jobs:read"] });
    await send("DELETE", "/v1/roles/tester");
    await until("the lines have come", () => auditOf(gateway.log.slice(from)).length === 2);
    const rights = { scopes: ["jobs:read"], models: null, priority_ceiling: "interactive" };
    assert.deepEqual(
      auditOf(gateway.log.slice(from)).map(
        ({ role, role_name: name, msg, before: was, after: is }) => [
          [role, name, msg],
          [was, is],
        ],
      ),
      [
        [
          ["gateway", "tester", "role changed"],
          [null, rights],
        ],
        [
          ["gateway", "tester", "role deleted"],
          [rights, null],
        ],
      ],
    );
  });

  describe("a role", () => {
    const put = async (name: string, rights: object, headers: Record<string, string> = {}) =>
      request(`${url}/v1/roles/${name}`, { method: "PUT", headers, body: JSON.stringify(rights) });
    const mayRead = async (token: string, model: string): Promise<boolean> => {
      const headers = { authorization: `Bearer ${token}` };
      return (await ask(`${url}/v1/models/${model}`, { headers })).status === 200;
    };

    it("gives its keys its rights, and takes them, within seconds", async () => {
      await send("PUT", "/v1/roles/taster", { scopes: ["jobs:read"], models: ["wine"] });
      const key = JSON.parse(await send("POST", "/v1/keys", { name: "x", role: "taster" }));
      const { secrets, role, models } = roleKeySchema.parse(key);
      assert.deepEqual([role, models], ["taster", ["wine"]]);
      const token = secrets["primary"] ?? "";
      assert.ok(await mayRead(token, "wine"));
      assert.ok(!(await mayRead(token, "faq-javascript")));
      const { access_token: made } = await makeToken(url, token);
      await send("PUT", "/v1/roles/taster", { scopes: ["jobs:read"] });
      for (const one of [token, made]) {
        await until("it may read more", async () => mayRead(one, "faq-javascript"));
      }
      await send("DELETE", "/v1/roles/taster");
      for (const one of [token, made]) {
        await until("it may read nothing", async () => !(await mayRead(one, "wine")));
      }
    });

    it("is for access tokens too, where the key has its rights", async () => {
      await send("PUT", "/v1/roles/reader", { scopes: ["jobs:read"] });
      const made = await makeToken(url, system.key, { role: "reader" });
      assert.deepEqual(made.scopes, ["jobs:read"]);
      const { tokens } = await issueKey(redis, { scopes: ["jobs:write"] });
      const refused = await request(`${url}/v1/tokens`, {
        method: "POST",
        headers: { authorization: `Bearer ${tokens.primary}` },
        body: JSON.stringify({ role: "reader" }),
      });
      assert.deepEqual([refused.status, refused.body["scope"]], [403, "jobs:read"]);
    });

    it("holds no scope that whoever writes it has not, nor is given by who has it not", async () => {
      const { tokens } = await issueKey(redis, { scopes: ["admin"] });
      const admin = { authorization: `Bearer ${tokens.primary}` };
      const rights = { scopes: ["operator"] };
      assert.equal((await put("boss", rights, admin)).body["scope"], "operator");
      await send("PUT", "/v1/roles/boss", rights);
      const refused = await request(`${url}/v1/keys`, {
        method: "POST",
        headers: admin,
        body: JSON.stringify({ name: "x", role: "boss" }),
      });
      assert.deepEqual([refused.status, refused.body["scope"]], [403, "operator"]);
    });

    it("is named by who makes a key, and goes without rights beside it", async () => {
      for (const [body, pointer] of [
        [{ name: "x", role: "nobody" }, "/role"],
        [{ name: "x", role: "No!" }, "/role"],
        [{ name: "x", role: "boss", scopes: ["jobs:read"] }, "/scopes"],
      ] as const) {
        const init = { method: "POST", body: JSON.stringify(body) };
        const { status, body: problem } = await request(`${url}/v1/keys`, init);
        assert.deepEqual([status, problem.errors?.[0]?.pointer], [422, pointer]);
      }
      assert.equal((await request(`${url}/v1/roles/nobody`, { method: "DELETE" })).status, 404);
      const { status, body } = await put("No!", { scopes: ["jobs:read"] });
      assert.deepEqual([status, body.errors?.[0]?.["parameter"]], [422, "name"]);
    });
  });

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
