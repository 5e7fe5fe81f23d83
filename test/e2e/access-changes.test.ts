import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { z } from "zod";
import { parseToken } from "../../shared/access/token.ts";
import { ask, request, type Reply } from "../support/client.ts";
import { issueKey } from "../support/keys.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const QUESTION = JSON.stringify({ input: { text: "how do i clone an array" } });
const CLIENTS = 16;

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

async function score(gateway: string, token: string): Promise<Reply> {
  return request(`${gateway}/v1/models/faq-javascript/jobs`, {
    method: "POST",
    headers: { ...bearer(token), "content-type": "application/json", prefer: "wait=60" },
    body: QUESTION,
  });
}

describe("a key that changes", () => {
  let system: System & { url: string };
  let redis: Redis;
  let gateways: [string, string];
  before(async () => {
    system = await System.start();
    redis = system.redis.client();
    gateways = [system.url, (await system.gateway()).url];
  });
  after(async () => system[Symbol.asyncDispose]());

  const regenerate = async (id: string, secret: string): Promise<string> => {
    const response = await ask(`${system.url}/v1/keys/${id}/regenerate`, {
      method: "POST",
      body: JSON.stringify({ secret }),
    });
    assert.equal(response.status, 200);
    const schema = z.object({ secrets: z.record(z.string(), z.string()) });
    const { secrets } = schema.parse(await response.json());
    assert.deepEqual(Object.keys(secrets), [secret]);
    return secrets[secret] ?? "";
  };

  it("has both secrets regenerated under load, and nobody is refused", async () => {
    const { key, tokens } = await issueKey(redis, { scopes: ["jobs:write"] });
    const now = { token: tokens.primary, isOver: false };
    const asking = Array.from({ length: CLIENTS }, () => "");
    const answers = { count: 0, refused: new Array<number>() };
    const clients = asking.map(async (_, client) => {
      // Each reads the token anew for each request, as from a file that is replaced.
      while (!now.isOver) {
        asking[client] = now.token;
        const { status } = await score(gateways[client % 2] ?? "", now.token);
        if (status !== 200) answers.refused.push(status);
        answers.count += 1;
      }
    });
    const settle = async (): Promise<void> => {
      const enough = answers.count + 4 * CLIENTS;
      await until("all have asked again, with the new token", () => {
        return answers.count >= enough && asking.every((token) => token === now.token);
      });
    };
    const used = [tokens.primary];
    for (const secret of ["secondary", "primary", "secondary", "primary"] as const) {
      await settle();
      const next = await regenerate(key.id, secret);
      // At once at both gateways, also at the one that was not told.
      for (const gateway of gateways) assert.equal((await score(gateway, next)).status, 200);
      now.token = next;
      used.push(next);
    }
    await settle();
    now.isOver = true;
    await Promise.all(clients);
    assert.deepEqual(answers.refused, []);
    assert.ok(answers.count > 100, String(answers.count));
    const works = async (old: string): Promise<boolean> =>
      (await score(gateways[1], old)).status === 200;
    for (const old of used.slice(0, 3)) {
      await until("an old token ends", async () => !(await works(old)));
    }
    for (const current of used.slice(3)) assert.ok(await works(current));
  });

  it("is revoked at once at the gateway that was asked, and soon at all others", async () => {
    const { key, tokens } = await issueKey(redis, { scopes: ["jobs:write"] });
    for (const gateway of gateways)
      assert.equal((await score(gateway, tokens.primary)).status, 200);
    const url = `${system.url}/v1/keys/${key.id}`;
    const revoked = await fetch(url, { method: "DELETE", headers: bearer(system.key) });
    assert.equal(revoked.status, 204);
    assert.equal((await score(gateways[0], tokens.primary)).status, 401);
    const refused = async (): Promise<boolean> =>
      (await score(gateways[1], tokens.secondary)).status === 401;
    await until("the other gateway knows", refused);
  });

  it("may be an admin's own, but not the last one's", async () => {
    const admin = await issueKey(redis);
    const own = `${system.url}/v1/keys/${admin.key.id}`;
    const expired = await issueKey(redis, { expiresAtMs: Date.now() - 1 });
    const headers = bearer(admin.tokens.primary);
    assert.equal((await fetch(own, { method: "DELETE", headers })).status, 204);
    assert.equal((await fetch(own, { headers })).status, 401);
    const last = parseToken(system.key)?.keyId;
    const refused = await request(`${system.url}/v1/keys/${last}`, { method: "DELETE" });
    assert.deepEqual([refused.status, refused.body.code], [409, "last_admin_key"]);
    const one = `${system.url}/v1/keys/${expired.key.id}`;
    const gone = await fetch(one, { method: "DELETE", headers: bearer(system.key) });
    assert.equal(gone.status, 204, "one that has expired may go");
    assert.equal((await ask(`${system.url}/v1/models`)).status, 200);
  });
});

describe("keys while Redis is away", () => {
  it("are 503 when they were not seen lately, and never 401", async () => {
    await using system = await System.bare();
    const { url } = await system.gateway();
    const fresh = await issueKey(system.redis.client());
    await system.redis.saved();
    await system.redis.kill();
    const unseen = await request(`${url}/v1/models`, { headers: bearer(fresh.tokens.primary) });
    assert.deepEqual([unseen.status, unseen.body.code], [503, "service_unavailable"]);
    assert.equal(unseen.headers.get("retry-after"), "2");
    await system.redis.launch();
    const seen = async (): Promise<boolean> => {
      const { status } = await ask(`${url}/v1/models`, {
        headers: bearer(fresh.tokens.primary),
      });
      assert.notEqual(status, 401);
      return status === 200;
    };
    await until("the key is known again", seen);
  });
});

describe("AUTH=off", () => {
  it("says so loudly, asks nobody, and makes no keys", async () => {
    await using system = await System.start({ AUTH: "off" });
    const { role, url } = await system.gateway();
    assert.match(role.log, /"level":40,.*"msg":"AUTH=off: whoever reaches this gateway/);
    const scored = await fetch(`${url}/v1/models/faq-javascript/jobs?wait=60`, {
      method: "POST",
      headers: { "content-type": "text/plain" },
      body: "how do i sleep",
    });
    assert.equal(scored.status, 200);
    const nonsense = await fetch(`${url}/v1/models`, { headers: bearer("nonsense") });
    assert.equal(nonsense.status, 200);
    for (const init of [{}, { method: "POST", body: '{"name":"x"}' }]) {
      const refused = await fetch(`${url}/v1/keys`, init);
      assert.equal(refused.status, 403);
      assert.match(await refused.text(), /AUTH=off/);
    }
  });
});
