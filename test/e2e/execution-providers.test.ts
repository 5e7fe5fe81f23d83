import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ask, postJson, request, type Reply } from "../support/client.ts";
import { Role, System } from "../support/system.ts";
import { until } from "../support/until.ts";

const INPUT = { input: { text: "a" } };

describe("execution providers on a worker with a CPU only", () => {
  const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  let system: System & { url: string };
  before(async () => {
    for (const name of ["either", "cuda-only"]) {
      cpSync("test/fixtures/models/slow-text/1", join(models, name, "1"), { recursive: true });
    }
    want("either", ["cuda", "cpu"]);
    want("cuda-only", [{ name: "cuda", device_id: 0 }]);
    system = await System.start({ MODELS_DIR: models, WORKER_SLOTS: "1" });
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  function want(name: string, providers: readonly unknown[]): void {
    const file = join(models, name, "1", "manifest.json");
    // What a manifest parses to is an object.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const manifest = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...manifest, name, execution_providers: providers }));
  }

  const score = async (name: string, prefer?: string): Promise<Reply> =>
    postJson(`${system.url}/v1/models/${name}/jobs`, INPUT, prefer);

  it("run a version on the first of its providers that is there, and say which", async () => {
    const { status, body } = await score("either");
    assert.equal(status, 200, body.detail);
    assert.equal(body.metrics?.["provider"], "cpu");
  });

  it("leave a version alone that wants another one: its jobs wait, and are done once it can run", async () => {
    const { status, body } = await score("cuda-only", "respond-async");
    assert.equal(status, 202);
    assert.equal((await score("either")).status, 200);
    const job = `${system.url}/v1/jobs/${body.id}`;
    assert.equal((await request(job)).body.status, "queued");
    const listed = await (await ask(`${system.url}/v1/models/cuda-only`)).text();
    assert.match(listed, /"status":"available","workers":\{"ready":0,"starting":0\}/);
    want("cuda-only", ["cuda", "cpu"]);
    await until("it is done", async () => (await request(job)).body.status === "succeeded");
  });
});

describe("a worker that offers a provider it cannot get", () => {
  const isMac = process.platform === "darwin" && "a Mac has Metal, and no driver file";

  it(
    "refuses to start without a driver for WebGPU, and says what is missing",
    { skip: isMac },
    async () => {
      const driver = "/nowhere/driver.json";
      const env = {
        EXECUTION_PROVIDERS: "webgpu",
        VK_DRIVER_FILES: driver,
        VK_ICD_FILENAMES: driver,
      };
      const role = new Role("worker", "worker/main.ts", {
        REDIS_URL: "redis://127.0.0.1:1",
        ...env,
      });
      await once(role.child, "close");
      assert.equal(role.child.exitCode, 1);
      assert.match(
        role.log,
        /EXECUTION_PROVIDERS names webgpu, but no GPU can be used with it: \w+/,
      );
      assert.match(role.log, /docs\/gpu\.md/);
      assert.doesNotMatch(role.log, /"msg":"ready"/);
    },
  );

  it("refuses to start, and says which and why", async () => {
    // A device that no machine has, also where CUDA works.
    const env = { EXECUTION_PROVIDERS: "cuda,cpu", CUDA_DEVICES: "99", MODELS_DIR: "models" };
    const role = new Role("worker", "worker/main.ts", { REDIS_URL: "redis://127.0.0.1:1", ...env });
    await once(role.child, "close");
    assert.equal(role.child.exitCode, 1);
    assert.match(role.log, /EXECUTION_PROVIDERS names cuda, but device 99 .* cannot be used: \w+/);
    assert.match(role.log, /docs\/gpu\.md/);
    assert.doesNotMatch(role.log, /"msg":"ready"/);
  });
});
