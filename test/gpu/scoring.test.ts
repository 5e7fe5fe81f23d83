import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { childrenOf, cpuSeconds } from "../bench/measure/processes.ts";
import { cli } from "../support/cli.ts";
import {
  type Answer,
  endOfJob,
  firstPrediction,
  PHOTO,
  postBytes,
  postJson,
  repositoryFile,
} from "../support/client.ts";
import { changeManifest, copyVersion } from "../support/models.ts";
import { freePort } from "../support/redis.ts";
import { runsOn } from "../support/runs-on.ts";
import { type Role, System } from "../support/system.ts";
import { until } from "../support/until.ts";
import { driverFile, driverManifest, findSoftwareGpu, withDriver } from "../support/vulkan.ts";
import { volumes } from "./graphs.ts";

const { library = "", missing } = findSoftwareGpu();
/** SwiftShader compiles for seconds, on a busy machine for minutes. */
const SLOW_MS = 900_000;
/** Decoding a photo takes a twentieth, a run four. */
const IN_RUN_SECONDS = 1;

describe(
  "a pool of workers with a GPU, which is SwiftShader",
  { skip: missing, timeout: 3_600_000 },
  () => {
    const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
    let system: System & { url: string };
    let worker: Role;
    let driver: string;
    let healthPort: number;
    before(async () => {
      // On a busy machine a run was seen to take six minutes.
      const onGpu = { execution_providers: ["webgpu"], run_timeout_ms: 600_000, preload: true };
      for (const name of ["image-classification", "faq-javascript", "wine"]) {
        copyVersion(`models/${name}/1`, models, { ...onGpu, warmup: { batch_sizes: [1] } });
      }
      const file = join(models, "volumes.onnx");
      writeFileSync(file, volumes());
      const added = await cli(["models", "add", file, "--name", "volumes", "--yes"], {
        MODELS_DIR: models,
      });
      assert.equal(added.code, 0, added.err);
      rmSync(file);
      changeManifest(join(models, "volumes/1"), onGpu);
      driver = driverFile(library);
      healthPort = await freePort();
      const bare = await System.bare({ MODELS_DIR: models, LOG_LEVEL: "debug" });
      const [{ url }] = await Promise.all([bare.gateway(), bare.courier()]);
      system = Object.assign(bare, { url });
      // As a pool's Deployment has it: the GPU alone, and so one slot.
      const env = { EXECUTION_PROVIDERS: "webgpu", HEALTH_PORT: String(healthPort) };
      worker = system.startingWorker({ env: { ...env, ...withDriver(driver) } });
      await until("the GPU worker is ready", () => worker.isReady, SLOW_MS);
    });
    after(async () => {
      await system[Symbol.asyncDispose]();
      rmSync(models, { recursive: true });
      rmSync(dirname(driver), { recursive: true });
    });

    /** The answer, however long it takes. */
    const photo = async (): Promise<Answer> => {
      const jobs = `${system.url}/v1/models/image-classification/jobs`;
      const made = await postBytes(jobs, repositoryFile(PHOTO), "image/jpeg", "respond-async");
      return endOfJob(system.url, made, SLOW_MS);
    };

    const becomes = async (model: string, status: string): Promise<void> =>
      until(
        `${model} is ${status}`,
        async () => (await runsOn(system.url, model)).status === status,
        SLOW_MS,
      );

    const killRunners = (): void => {
      for (const pid of childrenOf(worker.pid)) process.kill(pid, "SIGKILL");
    };

    it("scores a photo on it, and tells Prometheus", async () => {
      const body = await photo();
      assert.equal(firstPrediction(body.output).label, "espresso");
      assert.equal(body.metrics?.["provider"], "webgpu");
      const { runs_on: told } = await runsOn(system.url, "image-classification");
      assert.ok((told[0]?.nodes?.placed ?? 0) > 50, JSON.stringify(told));
      const metrics = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
      assert.match(metrics, /scoreline_session_nodes\{[^}]*image-classification@1[^}]*webgpu/);
    });

    it("says that a text model's nodes stay on the CPU, and warns", async () => {
      const asked = { input: { text: "how do i clone an array" } };
      const { status, body } = await postJson(`${system.url}/v1/models/faq-javascript/jobs`, asked);
      assert.equal(status, 200, JSON.stringify(body));
      assert.match(worker.log, /"level":40.*faq-javascript@1.*GPU_NODES_SHARE_MIN/);
    });

    it("says of a model that the GPU cannot run why, and serves the others", async () => {
      await becomes("volumes", "unavailable");
      assert.match(worker.log, /volumes@1.*Only Conv2d or Conv1d are supported/);
      assert.equal((await runsOn(system.url, "wine")).status, "available");
    });

    it("goes on after its runner is killed in a run", async () => {
      const runners = childrenOf(worker.pid);
      const spent = (): number => runners.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
      const begun = (): number => (worker.log.match(/"msg":"batch running"/g) ?? []).length;
      const earlier = begun();
      const waiting = photo();
      await until("it is begun", () => begun() > earlier, SLOW_MS);
      const atStart = spent();
      await until("it runs", () => spent() > atStart + IN_RUN_SECONDS, SLOW_MS);
      killRunners();
      const body = await waiting;
      assert.equal(firstPrediction(body.output).label, "espresso");
      assert.equal(body.metrics?.["provider"], "webgpu");
      assert.match(worker.log, /runner replaced/);
    });

    it("says so when the adapter goes away, and scores again when it is back", async () => {
      rmSync(driver);
      killRunners();
      await becomes("wine", "unavailable");
      assert.match(worker.log, /WebGPU adapter.*model cannot be loaded/);
      writeFileSync(driver, driverManifest(library));
      await becomes("image-classification", "available");
      assert.equal((await photo()).status, "succeeded");
    });
  },
);
