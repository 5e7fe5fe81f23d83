import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { ask } from "../support/client.ts";
import { EndpointClient, shares } from "../support/endpoints.ts";
import { versionedModel } from "../support/models.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

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

describe("an endpoint as a service of the Azure ML dialect", () => {
  const models = versionedModel(2);
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

  const post = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    ask(`${system.url}/api/v1/service/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: `{"input":{}}`,
    });
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
    const mark = join(models, "versioned", "2", "archived");
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

  it("answers as soon as its own wait and its longest time in the queue allow", async () => {
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
