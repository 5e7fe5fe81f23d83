import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readWorkers } from "../../shared/lane/workers.ts";
import { ask, postJson, type Reply } from "../support/client.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const CLIENTS = 32;

describe("models that come, change and go while the system runs", () => {
  const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  let system: System & { url: string };
  before(async () => {
    add("mine", 1);
    add("other", 1);
    system = await System.start({ MODELS_DIR: models, WORKER_SLOTS: "2" });
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  function add(name: string, version: number): void {
    const home = join(models, name, String(version));
    cpSync("test/fixtures/models/slow-text/1", home, { recursive: true });
    const file = join(home, "manifest.json");
    const text = readFileSync(file, "utf8").replace('"slow-text"', `"${name}"`);
    writeFileSync(file, text.replace('"version": 1', `"version": ${version}`));
  }

  const score = async (model: string): Promise<Reply> =>
    postJson(`${system.url}/v1/models/${model}/jobs`, { input: { text: "a" } });
  const answeredBy = async (model: string): Promise<unknown> => {
    const { status, body } = await score(model);
    return status === 200 ? body["model"] : status;
  };
  const isServed = async (model: string): Promise<boolean> => {
    const response = await ask(`${system.url}/v1/models/${model}`);
    return (await response.text()).includes('"workers":{"ready":1');
  };

  /** Clients that score without a pause until told to stop; gives what they were answered by. */
  function load(model: string): { stop: () => Promise<ReadonlySet<unknown>> } {
    const seen = new Set<unknown>();
    const over = new AbortController();
    const client = async (): Promise<void> => {
      while (!over.signal.aborted) seen.add(await answeredBy(model));
    };
    const clients = Promise.all(Array.from({ length: CLIENTS }, client));
    return {
      stop: async () => {
        over.abort();
        await clients;
        return seen;
      },
    };
  }

  it("take up version 2 under load, without a failed request, and move the bare name to it", async () => {
    const clients = ["mine", "mine@1"].map(load);
    add("mine", 2);
    await until("the worker serves it", async () => isServed("mine@2"));
    await until("the bare name means it", async () => (await answeredBy("mine")) === "mine@2");
    assert.equal(await answeredBy("mine@1"), "mine@1");
    assert.equal(await answeredBy("mine@2"), "mine@2");
    const [bare, first] = await Promise.all(clients.map(async ({ stop }) => stop()));
    assert.deepEqual(bare, new Set(["mine@1", "mine@2"]));
    assert.deepEqual(first, new Set(["mine@1"]));
  });

  it("move the bare name by `default`", async () => {
    writeFileSync(join(models, "mine", "default"), "1\n");
    await until("it means version 1", async () => (await answeredBy("mine")) === "mine@1");
    rmSync(join(models, "mine", "default"));
    await until("it means version 2", async () => (await answeredBy("mine")) === "mine@2");
  });

  it("are taken up beside one whose manifest has faults, which alone is unavailable", async () => {
    mkdirSync(join(models, "other", "2"));
    writeFileSync(join(models, "other", "2", "manifest.json"), "{");
    add("other", 3);
    await until("the bare name means it", async () => (await answeredBy("other")) === "other@3");
    const { status, body } = await score("other@2");
    assert.deepEqual([status, body.code], [503, "model_unavailable"]);
    for (const version of ["2", "3"]) rmSync(join(models, "other", version), { recursive: true });
    await until("both are gone", async () => (await answeredBy("other")) === "other@1");
    assert.equal((await score("other@2")).status, 404);
  });

  it("are unavailable when their file has become garbage, and disturb no other", async () => {
    const file = join(models, "mine", "2", "model.onnx");
    const bytes = readFileSync(file);
    const clients = load("other");
    writeFileSync(file, "garbage");
    await until("it is refused", async () => (await score("mine@2")).status === 503);
    assert.equal((await score("mine@2")).body.code, "model_unavailable");
    assert.equal(await answeredBy("mine@1"), "mine@1");
    assert.deepEqual(await clients.stop(), new Set(["other@1"]));
    writeFileSync(file, bytes);
    await until("it is scored again", async () => (await answeredBy("mine@2")) === "mine@2");
  });

  it("are not found once removed, and until then every job that is accepted is scored", async () => {
    add("mine", 3);
    await until("every runner has it", async () => isServed("mine@3"));
    const clients = load("mine@3");
    rmSync(join(models, "mine", "3"), { recursive: true });
    await until("it is gone", async () => (await score("mine@3")).status === 404);
    assert.deepEqual(await clients.stop(), new Set(["mine@3", 404]));
    assert.equal(await answeredBy("mine"), "mine@2");
    const redis = system.redis.client();
    await until("the worker has dropped it", async () => {
      const { live } = await readWorkers(redis, Date.now());
      return live.every(({ versions }) => versions["mine@3"] === undefined);
    });
  });
});
