import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { endpointListSchema, endpointSchema } from "../../gateway/endpoints/endpoint-json.ts";
import { ENDPOINTS_MAX } from "../../shared/endpoint/endpoints.ts";
import { ask, postJson } from "../support/client.ts";
import {
  type EndpointClient,
  refused,
  shares,
  startVersioned,
  type VersionedSystem,
} from "../support/endpoints.ts";
import { issueKey } from "../support/keys.ts";
import { keys } from "../support/redis-keys.ts";
import { until } from "../support/until.ts";

const VERSIONS = 3;

describe("an endpoint", () => {
  let system: VersionedSystem;
  let client: EndpointClient;
  before(async () => {
    system = await startVersioned(VERSIONS);
    ({ client } = system);
  });
  after(async () => system[Symbol.asyncDispose]());

  it("is made, read, listed, changed and deleted", async () => {
    const { response, endpoint } = await client.put("made", {
      ...shares(90, 10),
      tags: { team: "web" },
    });
    assert.equal(response.status, 201);
    assert.equal(response.headers.get("location"), "/v1/endpoints/made");
    assert.equal(response.headers.get("etag"), `"${endpoint.revision}"`);
    assert.deepEqual(
      endpoint.variants.map(({ name, traffic }) => [name, traffic]),
      [
        ["blue", 90],
        ["green", 10],
      ],
    );
    await until("its variants are ready", async () => {
      const { variants } = await client.read("made");
      return variants.every(({ state }) => state.status === "ready");
    });
    // What was answered may be sent back as it is, and changes nothing.
    const { response: again, endpoint: same } = await client.put("made", endpoint);
    assert.deepEqual([again.status, same.history], [200, []]);
    const patched = await client.send("PATCH", "made", {
      description: "new",
      tags: { team: null },
    });
    const { description, tags, variants } = endpointSchema.parse(await patched.json());
    const said = (all: typeof variants) =>
      all.map(({ name, model, share }) => [name, model, share]);
    assert.deepEqual([description, tags], ["new", {}]);
    assert.deepEqual(said(variants), said(endpoint.variants));
    const list = endpointListSchema.parse(await (await ask(`${system.url}/v1/endpoints`)).json());
    assert.deepEqual(
      list.data.map(({ name }) => name),
      ["made"],
    );
    // What changes nothing makes no revision.
    const { revision } = await client.read("made");
    assert.equal((await client.send("PATCH", "made", {})).status, 200);
    assert.equal((await client.read("made")).revision, revision);
    for (const wrong of [[], { name: "other" }]) {
      assert.equal((await client.send("PATCH", "made", wrong)).status, 422);
    }
    assert.equal((await client.send("DELETE", "made")).status, 204);
    assert.deepEqual(await refused(client.send("GET", "made")), [404, "not_found"]);
    assert.deepEqual(await refused(client.send("DELETE", "made")), [404, "not_found"]);
  });

  it("changes only as its writer has seen it", async () => {
    const { endpoint } = await client.put("seen", shares(90, 10));
    const old = { "if-match": `"${endpoint.revision}"` };
    await client.put("seen", shares(80, 20), old);
    assert.deepEqual(await refused(client.send("PUT", "seen", shares(70, 30), old)), [
      412,
      "precondition_failed",
    ]);
    assert.deepEqual(await refused(client.send("PATCH", "seen", {}, old)), [
      412,
      "precondition_failed",
    ]);
    assert.deepEqual(await refused(client.send("DELETE", "seen", undefined, old)), [
      412,
      "precondition_failed",
    ]);
    const unseen = { "if-none-match": "*" };
    assert.deepEqual(await refused(client.send("PUT", "seen", shares(1, 1), unseen)), [
      412,
      "precondition_failed",
    ]);
    const absent = { "if-match": "*" };
    assert.deepEqual(await refused(client.send("PUT", "absent", shares(1, 1), absent)), [
      412,
      "precondition_failed",
    ]);
    const { endpoint: now } = await client.put("seen", shares(80, 20));
    assert.deepEqual(
      now.variants.map(({ share }) => share),
      [80, 20],
    );
    const many = Array.from({ length: 8 }, (_, i) =>
      client.send("PATCH", "seen", { tags: { [`t${i}`]: "x" } }),
    );
    for (const { status } of await Promise.all(many)) assert.equal(status, 200);
    const { tags } = await client.read("seen");
    assert.equal(Object.keys(tags).length, many.length, "no change is lost");
  });

  it("is refused with what is wrong with it, and nothing changes", async () => {
    const variant = (model: string, name = "green") => ({ name, model, share: 10 });
    const [blue] = shares(90, 10).variants;
    const wrong = (variants: unknown, more = {}) =>
      client.send("PUT", "wrong", { variants, ...more });
    const pointer = (at: string, detail: string) => [422, "invalid_input", { detail, pointer: at }];
    assert.deepEqual(
      await refused(wrong([blue, variant("versioned@9")])),
      pointer("/variants/1/model", "there is no versioned@9 in the models folder"),
    );
    const [status, code, fault] = await refused(wrong([blue, variant("other@1")]));
    assert.deepEqual([status, code], [422, "invalid_input"]);
    assert.match(
      JSON.stringify(fault),
      /cannot stand in for versioned@1: its input schema differs at \/required/,
    );
    assert.equal(
      (await wrong([blue, variant("other@1")], { allow_different_contract: true })).status,
      201,
    );
    await client.send("DELETE", "wrong");
    assert.deepEqual(await refused(client.send("PUT", "Wrong", shares(1, 1))), [
      422,
      "invalid_input",
      {
        detail:
          "must be 1 to 64 lower-case letters, digits and dashes, with a letter or digit at the ends",
        parameter: "name",
      },
    ]);
    const [, unknown] = await refused(wrong([blue], { shadow: [] }));
    assert.equal(unknown, "unknown_field");
    assert.deepEqual(
      await refused(client.send("PUT", "wrong", { name: "right", variants: [blue] })),
      pointer("/name", "is not wrong, which the path says"),
    );
    assert.deepEqual(await refused(client.send("GET", "wrong")), [404, "not_found"]);
  });

  it("is for keys that may use all of its variants", async () => {
    await client.put("guarded", {
      variants: [
        { name: "a", model: "versioned@1" },
        { name: "b", model: "versioned@2" },
      ],
    });
    const redis = system.redis.client();
    const asked = async (listed: readonly string[] | undefined) => {
      const { tokens } = await issueKey(redis, { models: listed, scopes: ["jobs:write"] });
      const headers = {
        authorization: `Bearer ${tokens.primary}`,
        "content-type": "application/json",
      };
      const scored = await fetch(`${system.url}/v1/models/guarded/jobs`, {
        method: "POST",
        headers,
        body: `{"input":{}}`,
      });
      const read = await fetch(`${system.url}/v1/endpoints/guarded`, { headers });
      const list = await fetch(`${system.url}/v1/endpoints`, { headers });
      const { data } = endpointListSchema.parse(await list.json());
      const written = await fetch(`${system.url}/v1/endpoints/guarded`, {
        method: "DELETE",
        headers,
      });
      const isListed = data.some(({ name }) => name === "guarded");
      return [scored.status, read.status, isListed, written.status];
    };
    assert.deepEqual(await asked(undefined), [202, 200, true, 403]);
    assert.deepEqual(await asked(["versioned"]), [202, 200, true, 403]);
    assert.deepEqual(await asked(["versioned@1", "versioned@2"]), [202, 200, true, 403]);
    assert.deepEqual(await asked(["versioned@1"]), [403, 403, false, 403]);
    // Its name alone is not enough, and the refusal says what is.
    const { tokens } = await issueKey(redis, { models: ["guarded"], scopes: ["jobs:write"] });
    const named = await fetch(`${system.url}/v1/endpoints/guarded`, {
      headers: { authorization: `Bearer ${tokens.primary}` },
    });
    assert.match(await named.text(), /guarded is an endpoint.*versioned/);
  });

  it("is refused when there are a thousand", async () => {
    await client.put("many", shares(1, 1));
    const redis = system.redis.client();
    const text = (await redis.hget(keys.endpoints, "many")) ?? "";
    const there = await redis.hlen(keys.endpoints);
    const more = Array.from({ length: ENDPOINTS_MAX - there }, (_, i) => [`e${i}`, text]);
    await redis.hset(keys.endpoints, Object.fromEntries(more));
    assert.deepEqual(await refused(client.send("PUT", "one-more", shares(1, 1))), [
      409,
      "endpoints_full",
    ]);
    await redis.hdel(keys.endpoints, ...more.map(([name = ""]) => name));
  });

  it("is no more in a minute than its quota allows, whoever asks and wherever", async () => {
    const other = await system.gateway();
    await client.put("scarce", { ...shares(100, 0), quota: { requests_per_minute: 3 } });
    await until("the other gateway knows it", async () => {
      return (await ask(`${other.url}/v1/models/scarce`)).ok;
    });
    const take = async (url: string): Promise<number> => {
      const { status, body, headers } = await postJson(`${url}/v1/models/scarce/jobs`, {
        input: {},
      });
      if (status === 200) return status;
      assert.equal(body.code, "quota_exceeded");
      assert.equal(headers.get("ratelimit-policy"), `"requests";q=3;w=60`);
      assert.ok(Number(headers.get("retry-after")) >= 1);
      return status;
    };
    // A minute may end between them: more than three in a row are never taken twice.
    const seen: number[] = [];
    for (let i = 0; i < 8; i += 1) seen.push(await take(i % 2 === 0 ? system.url : other.url));
    const taken = seen.filter((status) => status === 200).length;
    assert.ok(taken >= 3 && taken <= 6 && seen.includes(429), seen.join(" "));

    // What only accept finds out to repeat another counts once, whichever gateways they came to.
    await client.put("ample", { ...shares(100, 0), quota: { requests_per_minute: 1000 } });
    await until("the other gateway knows it", async () => {
      return (await ask(`${other.url}/v1/models/ample`)).ok;
    });
    const KEYS = 20;
    const sent = Array.from({ length: KEYS }, async (_, i) =>
      Promise.all(
        [system.url, other.url, system.url].map(async (url) => {
          const response = await ask(`${url}/v1/models/ample/jobs`, {
            method: "POST",
            headers: { "content-type": "application/json", "idempotency-key": `repeated-${i}` },
            body: `{"input":{}}`,
          });
          const { id } = z.looseObject({ id: z.string() }).parse(await response.json());
          return id;
        }),
      ),
    );
    for (const ids of await Promise.all(sent)) assert.equal(new Set(ids).size, 1);
    const redis = system.redis.client();
    const minutes = await redis.keys(keys.requests("endpoint-ample", "*"));
    const counts = await Promise.all(minutes.map(async (key) => Number(await redis.get(key))));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      KEYS,
    );
  });
});
