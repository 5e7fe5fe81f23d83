import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import {
  endOfJob,
  firstPrediction,
  PHOTO,
  postBytes,
  repositoryFile,
  useKey,
} from "../support/client.ts";
import { endOf, launch, setup, stop, tokenOf } from "../support/launcher.ts";
import { copyVersion } from "../support/models.ts";
import { freePort } from "../support/redis.ts";
import { runsOn } from "../support/runs-on.ts";
import { driverFile, findSoftwareGpu, withDriver } from "../support/vulkan.ts";

const { library = "", missing } = findSoftwareGpu();

/** Alone it takes ten seconds to load and four for a photo; on a busy machine many times that. */
const SLOW_MS = 400_000;

// What takes minutes without a GPU is in test/gpu.
describe(
  "npm start with a GPU, which is SwiftShader",
  { skip: missing, timeout: 3 * SLOW_MS },
  () => {
    const driver = driverFile(library);
    const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
    // One run at its load, as it takes seconds.
    const slow = { run_timeout_ms: 120_000, warmup: { batch_sizes: [1] } };
    copyVersion("models/image-classification/1", models, slow);
    after(() => {
      for (const folder of [dirname(driver), models]) rmSync(folder, { recursive: true });
    });
    const offer = { EXECUTION_PROVIDERS: "webgpu,cpu", MODELS_DIR: models };

    it("scores a photo on webgpu; its answer, the log, the model and a metric say so", async (t) => {
      const place = await setup(t);
      const health = await freePort();
      const env = { ...offer, ...withDriver(driver), HEALTH_PORT: String(health) };
      const started = launch(place, env);
      await started.hasSaid("Ctrl-C stops everything.", SLOW_MS);
      useKey(place.url, tokenOf(place));
      const jobs = `${place.url}/v1/models/image-classification/jobs`;
      const made = await postBytes(jobs, repositoryFile(PHOTO), "image/jpeg", "respond-async");
      const body = await endOfJob(place.url, made, SLOW_MS);
      assert.equal(body.status, "succeeded", JSON.stringify(body) + started.text());
      assert.equal(firstPrediction(body.output).label, "espresso");
      assert.equal(body.metrics?.["provider"], "webgpu");
      assert.match(started.text(), /GPU found.*SwiftShader/);
      assert.match(started.text(), /model is on the GPU .*image-classification@1.*SwiftShader/);
      const { runs_on: told } = await runsOn(place.url, "image-classification");
      assert.deepEqual(
        told.map(({ provider }) => provider),
        ["webgpu"],
      );
      assert.match(told[0]?.device ?? "", /SwiftShader/);
      const metrics = await (await fetch(`http://127.0.0.1:${health}/metrics`)).text();
      assert.match(metrics, /scoreline_gpu_info\{[^}]*SwiftShader[^}]*\} 1/);
      assert.match(
        metrics,
        /scoreline_session_nodes\{[^}]*image-classification@1[^}]*webgpu[^}]*\}/,
      );
      assert.equal(await stop(started), 0);
    });

    it("does not start with a wrong driver path, and says why", async (t) => {
      const started = launch(await setup(t), { ...offer, ...withDriver("/nowhere/driver.json") });
      assert.notEqual(await endOf(started), 0);
      assert.match(
        started.text(),
        /EXECUTION_PROVIDERS names webgpu, but no GPU can be used with it/,
      );
      assert.match(
        started.text(),
        /VK_DRIVER_FILES names \/nowhere\/driver\.json: there is no such file/,
      );
    });
  },
);
