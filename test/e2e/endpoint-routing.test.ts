import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { jobSchema } from "../../gateway/jobs/job-schema.ts";
import { ask, postJson, request } from "../support/client.ts";
import {
  EndpointClient,
  readJob,
  shares,
  startVersioned,
  type VersionedSystem,
} from "../support/endpoints.ts";
import { pacedModel } from "../support/models.ts";
import { until } from "../support/until.ts";

const VERSIONS = 3;

const outputSchema = z.object({ version: z.int() });
const errorSchema = z.looseObject({
  status_code: z.int(),
  code: z.string(),
  message: z.string(),
});
const serviceSchema = z.looseObject({
  description: z.string(),
  tags: z.record(z.string(), z.string()),
  state: z.string(),
  models: z.array(z.string()),
  versions: z.record(z.string(), z.looseObject({})).default({}),
});

describe("what an endpoint scores", () => {
  let system: VersionedSystem;
  let client: EndpointClient;
  before(async () => {
    system = await startVersioned(VERSIONS, (models) => void pacedModel({}, models));
    ({ client } = system);
  });
  after(async () => system[Symbol.asyncDispose]());

  /** To it as a service of the Azure ML dialect. */
  const post = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    ask(`${system.url}/api/v1/service/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: `{"input":{}}`,
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
    assert.doesNotThrow(() => jobSchema.parse(read), "as the API is described");
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
    assert.deepEqual(await of("pinned/jobs?variant=blue&variant=green"), [422, "invalid_input"]);
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

  describe("as a service of the Azure ML dialect", () => {
    const versionOf = async (response: Promise<Response>): Promise<number> =>
      outputSchema.parse(await (await response).json()).version;

    it("scores with the variant that the shares, the path or a header choose", async () => {
      await client.put("split", shares(0, 100));
      assert.equal(await versionOf(post("split/score")), 2);
      assert.equal(await versionOf(post("split/score/blue")), 1);
      assert.equal(await versionOf(post("split/score", { "scoreline-variant": "blue" })), 1);
      assert.equal(await versionOf(post("versioned/score/1")), 1);
      const unknown = errorSchema.parse(await (await post("split/score/red")).json());
      assert.deepEqual([unknown.status_code, unknown.code], [404, "not_found"]);
      const { message } = errorSchema.parse(await (await post("spilt/score")).json());
      assert.match(message, /neither a model nor an endpoint "spilt"\. Available: .*\bsplit\b/);
    });

    it("keeps who has an affinity with one variant", async () => {
      await client.put("sticky", shares(50, 50));
      for (const user of ["ada", "bob", "cyd", "dan"]) {
        const seen = new Set<number>();
        for (let i = 0; i < 4; i += 1) {
          seen.add(await versionOf(post("sticky/score", { "scoreline-affinity": user })));
        }
        assert.equal(seen.size, 1);
      }
    });

    it("is told with its variants, and the document of what its default takes", async () => {
      await client.put("told", { ...shares(90, 10), description: "Both.", tags: { team: "web" } });
      const read = async () =>
        serviceSchema.parse(await (await ask(`${system.url}/api/v1/service/told`)).json());
      await until("the worker is seen", async () => (await read()).state === "Healthy");
      const { description, tags, models: all, versions } = await read();
      assert.deepEqual([description, tags], ["Both.", { team: "web" }]);
      assert.deepEqual(all, ["versioned@1", "versioned@2"]);
      const ready = { state: "Healthy" };
      assert.deepEqual(versions, {
        blue: {
          ...ready,
          model: "versioned@1",
          trafficPercentile: 90,
          isDefault: true,
          type: "Control",
        },
        green: {
          ...ready,
          model: "versioned@2",
          trafficPercentile: 10,
          isDefault: false,
          type: "Treatment",
        },
      });
      const swagger = await ask(`${system.url}/api/v1/service/told/swagger.json`);
      const document = z.looseObject({ basePath: z.string() }).parse(await swagger.json());
      assert.equal(document.basePath, "/api/v1/service/told");
    });

    it("is unhealthy while a version that gets traffic is archived", async () => {
      await client.put("retired", shares(90, 10));
      await client.put("moved", shares(100, 0));
      const read = async (name: string) =>
        serviceSchema.parse(await (await ask(`${system.url}/api/v1/service/${name}`)).json());
      const stateOf = async (name: string) => (await read(name)).state;
      await until("all are ready", async () => (await stateOf("retired")) === "Healthy");
      const mark = join(system.models, "versioned", "2", "archived");
      writeFileSync(mark, "");
      await until("the gateway sees it", async () => (await stateOf("retired")) === "Unhealthy");
      assert.equal(await stateOf("versioned@2"), "Unhealthy");
      assert.equal(await stateOf("moved"), "Healthy");
      assert.equal((await read("moved")).versions["green"]?.["state"], "Unhealthy");
      const told = (await client.read("moved")).variants.map(({ state }) => state.status);
      assert.deepEqual(told, ["ready", "archived"]);
      rmSync(mark);
      await until("it is back", async () => (await stateOf("retired")) === "Healthy");
    });
  });

  it("is refused where it would wait longer than its endpoint allows", async () => {
    const variants = [{ name: "only", model: "paced@1" }];
    const put = async (mostMs: number) =>
      client.put("brisk", { variants, defaults: { max_queue_wait_ms: mostMs } });
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
  });

  it("answers as a service as soon as its own wait and its longest time in the queue allow", async () => {
    const worker = system.roles.find(({ name }) => name === "worker");
    await worker?.end("SIGKILL");
    // First, while nothing waits before it: else the estimate would refuse it.
    await client.put("eager", { ...shares(100, 0), defaults: { max_queue_wait_ms: 100 } });
    const late = errorSchema.parse(await (await post("eager/score")).json());
    assert.deepEqual([late.status_code, late.code], [503, "start_timeout"]);
    await client.put("brief", { ...shares(100, 0), defaults: { wait_ms: 100 } });
    const waited = errorSchema.parse(await (await post("brief/score")).json());
    assert.deepEqual([waited.status_code, waited.code], [504, "wait_exceeded"]);
  });
});
