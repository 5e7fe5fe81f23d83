import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { scopes, type NewKey } from "../../shared/access/key.ts";
import { asksNothing, bearer, makeToken } from "../support/access-tokens.ts";
import { ApiDescription } from "../support/api-description.ts";
import { ask, request } from "../support/client.ts";
import { FOLDERS, writeVersion } from "../support/hub-folders.ts";
import { issueKey } from "../support/keys.ts";
import type { FuzzedModel } from "../support/fuzz/good-requests.ts";
import { keys } from "../support/redis-keys.ts";
import { RightsTrial } from "../support/rights-trial.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";
import { RECEIVERS_HERE } from "../support/webhooks.ts";

const HOUR_MS = 3_600_000;
/** Told to clients of a revoked key. */
const STOPPED_MS = 10_000;

/** What they make would outlive an access token that made it. */
const KEYS_ALONE = new Set(["createToken", "createKey", "regenerateKey", "createSignInCode"]);

const LISTED = { id: "faq-javascript@1", media: [] };
const OTHER = { id: "wine@1", media: [] };

/** What a key can be limited by, the model that it is asked to score with, and whose things it asks for. */
const LIMITS: readonly {
  readonly limit: string;
  readonly rights: Partial<Pick<NewKey, "scopes" | "models" | "ceiling">>;
  readonly model: FuzzedModel;
  /** Of what is not known by its name. */
  readonly things: "none" | "own" | "strange";
}[] = [
  // A scope is looked at before anything is looked for.
  ...scopes.map((scope) => {
    const rights = { scopes: [scope] };
    return { limit: scope, rights, model: LISTED, things: "none" } as const;
  }),
  { limit: "models", rights: { models: ["faq-javascript"] }, model: LISTED, things: "own" },
  { limit: "models", rights: { models: ["faq-javascript"] }, model: OTHER, things: "own" },
  { limit: "ceiling", rights: { ceiling: "bulk" }, model: LISTED, things: "own" },
  { limit: "tenant", rights: {}, model: LISTED, things: "strange" },
];

describe("access tokens", () => {
  let system: System;
  let redis: Redis;
  let url: string;
  let other: string;
  const models = mkdtempSync(join(tmpdir(), "scoreline-tokens-"));
  after(() => rmSync(models, { recursive: true }));
  before(async () => {
    for (const name of ["faq-javascript", "image-classification", "wine"]) {
      cpSync(join("models", name), join(models, name), { recursive: true });
    }
    await writeVersion(join(FOLDERS, "embedding"), models);
    system = await System.bare({
      MODELS_DIR: models,
      STRANGER_REQUESTS_PER_SECOND: "0",
      ...RECEIVERS_HERE,
      SCORE_MODEL: "faq-javascript",
      // No worker is there to be waited for.
      WAIT_DEFAULT_SECONDS: "0",
      WAIT_MAX_SECONDS: "0",
    });
    redis = system.redis.client();
    [{ url }, { url: other }] = await Promise.all([system.gateway(), system.gateway()]);
  });
  after(async () => system[Symbol.asyncDispose]());

  const keyWith = async (more: Partial<NewKey> = {}): Promise<string> =>
    (await issueKey(redis, more)).tokens.primary;
  const statusOf = async (token: string, path = "/v1/models", gateway = url): Promise<number> => {
    const response = await ask(`${gateway}${path}`, { headers: bearer(token) });
    await response.body?.cancel();
    return response.status;
  };
  const wished = async (key: string, wish: object) =>
    request(`${url}/v1/tokens`, {
      method: "POST",
      headers: bearer(key),
      body: JSON.stringify(wish),
    });

  it("work at once at every gateway, for an hour, and say when to ask for the next", async () => {
    const jwks = await ask(`${other}/.well-known/jwks.json`);
    assert.equal(await jwks.text(), '{"keys":[]}\n', "nobody has signed yet");
    const made = await makeToken(url, await keyWith());
    const { access_token: token, expires_at: end, refresh_after: refresh } = made;
    assert.deepEqual(
      [await statusOf(token, "/v1/models", other), await statusOf(token)],
      [200, 200],
    );
    const lifeMs = Date.parse(end) - Date.now();
    assert.ok(lifeMs > HOUR_MS - 60_000 && lifeMs <= HOUR_MS, `${lifeMs}`);
    assert.ok(Date.parse(refresh) < Date.parse(end));
  });

  it("can do nothing that their key cannot, whatever the operation and the limit", async (t) => {
    const api = new ApiDescription(await (await ask(`${url}/openapi.json`)).json());
    const locked = api.operations.filter(
      ({ security, id }) => security.length > 0 && !KEYS_ALONE.has(id),
    );
    const trial = new RightsTrial(url, api);
    const taken = new Set<string>();
    const refusedBy: Record<string, Set<string>> = {};
    let tenants = 0;
    for (const { limit, model, rights, things } of LIMITS) {
      /** Each in a tenant of its own, so that lists have what it asked for and no more. */
      const outcomes = async (make: (tenant: string) => Promise<string>) => {
        const tenant = `trial-${(tenants += 1)}`;
        const owners = { own: tenant, strange: `${tenant}-owner`, none: undefined }[things];
        const owner = owners && (await keyWith({ tenant: owners }));
        return trial.outcomes(locked, { token: await make(tenant), owner }, model);
      };
      const asKey = async (tenant: string) => keyWith({ tenant, ...rights });
      const mayDo = await outcomes(asKey);
      const whole = await outcomes(async (tenant) => {
        return (await makeToken(url, await asKey(tenant))).access_token;
      });
      assert.deepEqual(whole, mayDo, `of a key with ${limit}`);
      const { ceiling: priority_ceiling, ...wish } = rights;
      const narrowed = await outcomes(async (tenant) => {
        const everything = await keyWith({ tenant });
        return (await makeToken(url, everything, { ...wish, priority_ceiling })).access_token;
      });
      assert.deepEqual(narrowed, mayDo, `narrowed to ${limit}`);
      const refused = (refusedBy[limit] ??= new Set());
      for (const [id, outcome] of Object.entries(mayDo)) {
        if (/^40[134]$/.test(outcome)) refused.add(id);
        else taken.add(id);
      }
    }
    for (const [limit, ids] of Object.entries(refusedBy)) {
      t.diagnostic(`${limit}: ${ids.size} of ${locked.length} refused`);
    }
    assert.equal(taken.size, locked.length, "each operation was allowed to somebody");
    // What the limits are for is asked for with what they forbid.
    const refusals = (limit: string, ids: readonly string[]): void => {
      for (const id of ids) assert.ok(refusedBy[limit]?.has(id), `${limit}: ${id}`);
    };
    const named = locked.filter(({ path }) => /\{(model|service)\}/.test(path));
    refusals("models", [...named.map(({ id }) => id), "createBatch", "retryJob", "appendItems"]);
    refusals("ceiling", ["createJob", "createBatch", "retryJob", "retryBatch"]);
    const things = locked.filter(({ path }) =>
      /^\/v1\/(jobs|batches|webhook.*|deliveries)\/\{id\}/.test(path),
    );
    refusals(
      "tenant",
      things.map(({ id }) => id),
    );
  });

  it("make nothing that would go on when they have ended", async () => {
    const key = await keyWith();
    const { access_token: token, key: id } = await makeToken(url, key);
    const headers = { ...bearer(token), "content-type": "application/json" };
    const refusal = async (path: string, body: object): Promise<number> => {
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      return (await fetch(`${url}${path}`, init)).status;
    };
    assert.equal(await refusal("/v1/tokens", {}), 403);
    assert.equal(await refusal("/v1/keys", { name: "heir", scopes: ["admin"] }), 403);
    assert.equal(await refusal(`/v1/keys/${String(id)}/regenerate`, { secret: "secondary" }), 403);
  });

  it("have no right that their key has not", async () => {
    const limits = { models: ["wine", "faq-javascript@1"], ceiling: "bulk" } as const;
    const key = await keyWith({ scopes: ["jobs:write", "jobs:read"], ...limits });
    for (const wish of [
      { scopes: ["jobs:write", "jobs:cancel"] },
      { models: ["resnet152"] },
      { models: ["wine@1", "faq-javascript"] },
      { priority_ceiling: "interactive" },
    ]) {
      const refused = await wished(key, wish);
      assert.deepEqual(
        [refused.status, refused.body.code],
        [403, "forbidden"],
        JSON.stringify(wish),
      );
    }
    const narrow = await makeToken(url, key, { scopes: ["jobs:write"], models: ["wine@1"] });
    assert.deepEqual([narrow.scopes, narrow.models], [["jobs:write"], ["wine@1"]]);
    const at = async (path: string) => statusOf(narrow.access_token, path);
    assert.equal(await at("/v1/models/wine@1"), 200);
    assert.equal(await at("/v1/models/faq-javascript@1"), 403);
    const { access_token: whole } = await makeToken(url, key);
    const job = await request(`${url}/v1/models/faq-javascript@1/jobs`, {
      method: "POST",
      headers: { ...bearer(whole), "content-type": "application/json" },
      body: JSON.stringify({ input: { text: "how do i sleep" }, priority: "interactive" }),
    });
    assert.deepEqual([job.status, job.body.errors?.[0]?.pointer], [403, "/priority"]);
    assert.match(job.body.detail ?? "", /^The access token of key_\w+ may only create jobs/);
  });

  it("make no tokens, which would go on for ever", async () => {
    const { access_token: token } = await makeToken(url, await keyWith());
    const refused = await wished(token, {});
    assert.deepEqual([refused.status, refused.body.code], [403, "forbidden"]);
    assert.match(refused.body.detail ?? "", /made with a key/);
  });

  it("are refused with a pointer where what is wished makes no sense", async () => {
    const key = await keyWith();
    for (const [wish, pointer] of [
      [{ scopes: [] }, "/scopes"],
      [{ scopes: ["everything"] }, "/scopes/0"],
      [{ lifetime_seconds: 86_401 }, "/lifetime_seconds"],
      [{ lifetime_seconds: 0 }, "/lifetime_seconds"],
      [{ tenant: "other" }, "/tenant"],
    ] as const) {
      const refused = await wished(key, wish);
      assert.deepEqual([refused.status, refused.body.errors?.[0]?.pointer], [422, pointer]);
    }
  });

  it("stop at every gateway within 10 s of their key's end", async () => {
    const { key, tokens } = await issueKey(redis);
    const { access_token: token } = await makeToken(url, tokens.primary);
    const both = async () => Promise.all([statusOf(token), statusOf(token, "/v1/models", other)]);
    assert.deepEqual(await both(), [200, 200]);
    const revoked = await ask(`${url}/v1/keys/${key.id}`, { method: "DELETE" });
    assert.equal(revoked.status, 204);
    const startMs = performance.now();
    await until("neither takes it", async () => {
      // What was sent later must be refused, however long the answer takes to come.
      const isLate = performance.now() - startMs >= STOPPED_MS;
      const isRefused = (await both()).every((status) => status === 401);
      assert.ok(isRefused || !isLate, "taken when it had to be stopped");
      return isRefused;
    });
  });

  it("stop with the secret that they were made with, and not with the other", async () => {
    const { key, tokens } = await issueKey(redis);
    const first = await makeToken(url, tokens.primary);
    const second = await makeToken(url, tokens.secondary);
    const renewed = await ask(`${url}/v1/keys/${key.id}/regenerate`, {
      method: "POST",
      body: JSON.stringify({ secret: "primary" }),
    });
    assert.equal(renewed.status, 200);
    assert.equal(await statusOf(first.access_token), 401);
    assert.equal(await statusOf(second.access_token), 200);
  });

  it("are made with keys of a release that knew nothing of them", async () => {
    const { key, tokens } = await issueKey(redis);
    await redis.hdel(keys.accessKey(key.id), "z1", "z2");
    const { access_token: token } = await makeToken(url, tokens.secondary);
    assert.deepEqual(
      [await statusOf(token), await statusOf(token, "/v1/models", other)],
      [200, 200],
    );
  });

  it("end when they say, and no later than their key", async () => {
    const key = await keyWith({ expiresAtMs: Date.now() + 60_000 });
    const long = await makeToken(url, key);
    assert.ok(Date.parse(long.expires_at) <= Date.now() + 60_000);
    const { access_token: token } = await makeToken(url, key, { lifetime_seconds: 2 });
    await until("it has ended", async () => (await statusOf(token)) === 401);
    const { body } = await request(`${url}/v1/models`, { headers: bearer(token) });
    assert.equal(body.detail, "The token has expired.");
  });

  it("ask nothing of Redis once they were seen", async () => {
    const { access_token: token } = await makeToken(url, await keyWith());
    assert.equal(await statusOf(token), 200);
    await asksNothing(redis, "hgetall", async () => assert.equal(await statusOf(token), 200));
  });
});
