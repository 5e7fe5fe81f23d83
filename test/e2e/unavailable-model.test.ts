import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { processListSchema, type ProcessJson } from "../../gateway/service/processes.ts";
import { ask, postJson } from "../support/client.ts";
import { issueKey } from "../support/keys.ts";
import { keys } from "../support/redis-keys.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

describe("a model whose file is missing or another one", () => {
  const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  const file = join(models, "broken", "1", "model.onnx");
  let system: System & { url: string };
  let bytes: Buffer;
  const unpulled = join(models, "unpulled", "1", "model.onnx");
  before(async () => {
    for (const name of ["broken", "slow-text", "unpulled"]) {
      cpSync("test/fixtures/models/slow-text/1", join(models, name, "1"), { recursive: true });
      const manifest = join(models, name, "1", "manifest.json");
      writeFileSync(manifest, readFileSync(manifest, "utf8").replace('"slow-text"', `"${name}"`));
    }
    bytes = readFileSync(file);
    truncateSync(file, bytes.length - 1);
    rmSync(unpulled);
    const manifest = join(models, "unpulled", "1", "manifest.json");
    const source = '"source": "https://example.com/model.onnx", "path":';
    writeFileSync(manifest, readFileSync(manifest, "utf8").replace('"path":', source));
    system = await System.start({ MODELS_DIR: models });
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  const score = async (name: string) =>
    postJson(`${system.url}/v1/models/${name}/jobs`, { input: { text: "a" } });

  it("is said to be unavailable from the start, and disturbs no other", async () => {
    await until("the gateway has heard of it", async () => {
      const listed = await ask(`${system.url}/v1/models/broken`);
      return (await listed.text()).includes('"status":"unavailable"');
    });
    const refused = await score("broken");
    assert.deepEqual([refused.status, refused.body.code], [503, "model_unavailable"]);
    assert.equal((await score("slow-text")).status, 200);
  });

  it("is told to operators as an error of the worker, also for an hour after that has died", async () => {
    const redis = system.redis.client();
    const list = async (headers = {}) => ask(`${system.url}/v1/processes`, { headers });
    const processes = async (): Promise<readonly ProcessJson[]> =>
      processListSchema.parse(await (await list()).json()).data;
    const ofRole = async (role: string) => (await processes()).filter((one) => one.role === role);

    const errors = async () => (await ofRole("worker"))[0]?.errors ?? [];
    await until("it is told", async () => (await errors()).length > 0);
    const [broken, ...others] = await errors();
    assert.deepEqual(others, [], "one that is not pulled is no error");
    assert.equal(broken?.message, "model cannot be loaded");
    assert.match(broken.detail, /^model: broken@1, reason: ./);
    assert.equal(broken.count, 1);
    assert.ok((await processes()).every(({ state }) => state === "alive"));
    assert.deepEqual((await ofRole("gateway"))[0]?.errors, []);

    const { tokens } = await issueKey(redis, { scopes: ["admin"] });
    assert.equal((await list({ authorization: `Bearer ${tokens.primary}` })).status, 403);

    const worker = system.roles.find(({ name }) => name === "worker");
    await worker?.end("SIGKILL");
    const [died] = await ofRole("worker");
    assert.ok(died);
    const age = async (ms: number): Promise<void> => {
      const text = (await redis.hget(keys.processes, died.id)) ?? "";
      const told = z.looseObject({}).parse(JSON.parse(text));
      const at_ms = Date.parse(died.last_seen) - ms;
      await redis.hset(keys.processes, died.id, JSON.stringify({ ...told, at_ms }));
    };
    await age(60_000);
    const [gone] = await ofRole("worker");
    assert.deepEqual([gone?.state, gone?.errors.length], ["gone", 1]);
    await age(61 * 60_000);
    assert.deepEqual(await ofRole("worker"), []);
    await system.worker();
    await until("another forgets it", async () => !(await redis.hexists(keys.processes, died.id)));

    await system.roles.find(({ name }) => name === "courier")?.end("SIGTERM");
    assert.deepEqual(await ofRole("courier"), [], "it stopped without an error");
  });

  it("is served again once its file is there, without a restart", async () => {
    writeFileSync(file, bytes);
    await until("it is scored", async () => (await score("broken")).status === 200);
  });

  it("is said to be not pulled, with the command, when it comes from elsewhere", async () => {
    await until("the gateway has heard of it", async () => {
      const listed = await ask(`${system.url}/v1/models/unpulled`);
      return (await listed.text()).includes('"status":"not_pulled"');
    });
    const { status, body } = await score("unpulled");
    assert.deepEqual([status, body.code], [503, "model_unavailable"]);
    assert.match(body.detail ?? "", /not pulled: npx scoreline models pull unpulled@1/);
    assert.equal((await score("slow-text")).status, 200);
  });

  it("is scored once it was pulled, without a restart", async () => {
    writeFileSync(unpulled, bytes);
    await until("it is scored", async () => (await score("unpulled")).status === 200);
  });
});
