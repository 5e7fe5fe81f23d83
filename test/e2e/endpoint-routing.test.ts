import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { ask, postJson, request } from "../support/client.ts";
import { EndpointClient, readJob, shares } from "../support/endpoints.ts";
import { pacedModel, versionedModel } from "../support/models.ts";
import { keys } from "../support/redis-keys.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const VERSIONS = 3;

describe("what an endpoint scores", () => {
  const models = versionedModel(VERSIONS);
  let system: System & { url: string };
  let client: EndpointClient;
  before(async () => {
    system = await System.start({ MODELS_DIR: models });
    client = new EndpointClient(system.url);
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  it("stands for its variants by their shares, and its jobs say which", async () => {
    await client.put("split", shares(0, 100));
    const job = await client.score("split");
    const { model, endpoint, variant, output } = job;
    assert.deepEqual(
      [model, endpoint, variant, output.version],
      ["versioned@2", "split", "green", 2],
    );
    const read = readJob(await (await ask(`${system.url}/v1/jobs/${job.id}`)).text());
    assert.deepEqual([read.endpoint, read.variant], ["split", "green"]);
    const pinned = await client.score("split", { "scoreline-variant": "blue" });
    assert.deepEqual([pinned.variant, pinned.output.version], ["blue", 1]);
    const plain = await client.score("versioned@3");
    assert.deepEqual(
      [plain.endpoint, plain.variant, plain.output.version],
      [undefined, undefined, 3],
    );
    const batch = z.looseObject({ model: z.string() }).parse(
      (
        await postJson(`${system.url}/v1/batches`, {
          model: "split",
          items: [{ input: {} }, { input: {} }],
        })
      ).body,
    );
    assert.equal(batch.model, "versioned@2");
  });

  it("keeps who has an affinity with one variant", async () => {
    await client.put("sticky", shares(50, 50));
    for (const user of ["ada", "bob", "cyd", "dan"]) {
      const seen = new Set<string | undefined>();
      for (let i = 0; i < 4; i += 1) {
        seen.add((await client.score("sticky", { "scoreline-affinity": user })).variant);
      }
      assert.equal(seen.size, 1);
    }
  });

  it("refuses pins that it cannot follow", async () => {
    await client.put("pinned", shares(50, 50));
    const of = async (path: string, headers = {}) => {
      const { status, body } = await request(`${system.url}/v1/models/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: `{"input":{}}`,
      });
      return [status, body.code];
    };
    assert.deepEqual(await of("pinned/jobs?variant=red"), [404, "not_found"]);
    assert.deepEqual(await of("versioned/jobs?variant=red"), [422, "invalid_input"]);
    const differs = { "scoreline-variant": "green" };
    assert.deepEqual(await of("pinned/jobs?variant=blue", differs), [422, "invalid_input"]);
    const long = { "scoreline-affinity": "x".repeat(256) };
    assert.deepEqual(await of("pinned/jobs", long), [422, "invalid_input"]);
  });

  it("goes before a model of its name, whose versions keep theirs", async () => {
    await client.put("versioned", shares(100, 0));
    const job = await client.score("versioned");
    assert.deepEqual([job.endpoint, job.output.version], ["versioned", 1]);
    assert.equal((await client.score("versioned@3")).output.version, 3);
    const shown = z
      .looseObject({ id: z.string() })
      .parse(await (await ask(`${system.url}/v1/models/versioned`)).json());
    assert.equal(shown.id, "versioned@1");
    await client.send("DELETE", "versioned");
    assert.equal((await client.score("versioned")).output.version, VERSIONS);
  });

  it("says what its requests get that say nothing", async () => {
    const defaults = {
      wait_ms: 20_000,
      priority: "bulk",
      timeouts: { total_ms: 60_000 },
      max_queue_wait_ms: 30_000,
    };
    await client.put("defaults", { ...shares(100, 0), defaults });
    const response = await ask(`${system.url}/v1/models/defaults/jobs?wait=`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"input":{}}`,
    });
    assert.equal(response.headers.get("preference-applied"), "wait=20");
    const { priority } = z.looseObject({ priority: z.string() }).parse(await response.json());
    assert.equal(priority, "bulk");
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

  it("loses no request while its shares change and a variant goes, at every gateway", async () => {
    const other = await system.gateway();
    const clients = [client, new EndpointClient(other.url)];
    await client.put("busy", shares(40, 30, 30));
    await until("the other gateway knows it", async () => {
      const response = await ask(`${other.url}/v1/models/busy`);
      return response.ok;
    });
    const CHANGES = 50;
    const CLIENTS = 32;
    const changes = { left: CHANGES };
    const seen = new Set<string | undefined>();
    const work = async (of: EndpointClient): Promise<void> => {
      while (changes.left > 0) seen.add((await of.score("busy")).variant);
    };
    const works = Array.from({ length: CLIENTS / 2 }, () => clients.map(work)).flat();
    for (; changes.left > 0; changes.left -= 1) {
      const { left } = changes;
      const hasThree = left > CHANGES / 2;
      await client.put("busy", hasThree ? shares(left, 70 - left, 30) : shares(100 - left, left));
    }
    await Promise.all(works);
    assert.deepEqual(seen, new Set(["blue", "green", "red"]));
    await client.put("busy", shares(0, 100));
    await until("the other gateway follows", async () => {
      const all = await Promise.all(
        Array.from({ length: 8 }, async () => clients[1]?.score("busy")),
      );
      return all.every((job) => job?.variant === "green");
    });
  });
});

it("an endpoint refuses what would wait longer than it allows", async () => {
  const paced = pacedModel({});
  await using system = await System.start({ MODELS_DIR: paced });
  const json = { "content-type": "application/json" };
  const variants = [{ name: "only", model: "paced@1" }];
  const put = async (mostMs: number): Promise<void> => {
    const defaults = { max_queue_wait_ms: mostMs };
    const body = JSON.stringify({ variants, defaults });
    const url = `${system.url}/v1/endpoints/brisk`;
    assert.ok((await ask(url, { method: "PUT", headers: json, body })).ok);
  };
  const send = async (name: string, ms: number) =>
    postJson(`${system.url}/v1/models/${name}/jobs`, { input: { ms } }, "respond-async");
  await put(1);
  // Their runs are known by then, and more wait than can begin at once.
  const QUEUED = 300;
  const sent = Array.from({ length: QUEUED }, async () => send("paced", 500));
  for (const { status } of await Promise.all(sent)) assert.equal(status, 202);
  await until("it is refused", async () => {
    const { status, body, headers } = await send("brisk", 0);
    if (status === 202) return false;
    assert.deepEqual([status, body.code], [503, "queue_too_long"]);
    assert.equal(headers.get("retry-after"), "2");
    return true;
  });
  await put(600_000);
  assert.equal((await send("brisk", 0)).status, 202);
  rmSync(paced, { recursive: true });
});
