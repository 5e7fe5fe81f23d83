import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { z } from "zod";
import { isNotPulled, loadRegistry, type ModelVersion } from "../../shared/model/registry.ts";
import { cli } from "../support/cli.ts";
import { copyVersion } from "../support/models.ts";
import { driverFile, findSoftwareGpu, withDriver } from "../support/vulkan.ts";

const { library = "", missing } = findSoftwareGpu();

/** Twenty photos take two minutes of one core, on a busy machine many times that. */
const ALL_MS = 3_600_000;

const reportsSchema = z.tuple([
  z.looseObject({
    findings: z.array(z.looseObject({ level: z.string(), rule: z.string(), why: z.string() })),
    goldens: z.object({ cases: z.int(), failed: z.int() }),
    gpu: z.looseObject({ provider: z.string(), name: z.string() }).nullable(),
  }),
]);

describe("the goldens of all models whose file is here", { skip: missing, timeout: ALL_MS }, () => {
  const driver = driverFile(library);
  const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  after(() => {
    for (const folder of [dirname(driver), models]) rmSync(folder, { recursive: true });
  });

  /** A copy that may take its time; photos run one by one, for in company each would be run four times. */
  function copy({ folder, name }: ModelVersion): void {
    const photos = join(folder, "../photos"); // goldens name files there
    const hasPhotos = existsSync(photos);
    if (hasPhotos) cpSync(photos, join(models, name, "photos"), { recursive: true });
    copyVersion(folder, models, {
      run_timeout_ms: 600_000,
      batching: { max_batch_size: hasPhotos ? 1 : 2, max_queue_delay_ms: 0 },
    });
  }

  for (const version of loadRegistry("models").versions) {
    if (isNotPulled(version)) continue;
    copy(version);
    for (const provider of ["cpu", "webgpu"]) {
      it(`of ${version.id} come out as expected on ${provider}`, { timeout: ALL_MS }, async () => {
        const args = ["models", "check", version.id, "--no-measure", "--json"];
        const { out, err } = await cli([...args, "--provider", provider], {
          MODELS_DIR: models,
          ...withDriver(driver),
        });
        const [{ goldens, gpu, findings }] = reportsSchema.parse(JSON.parse(out));
        assert.equal(goldens.failed, 0, JSON.stringify(findings) + err);
        assert.ok(goldens.cases > 0);
        assert.equal(gpu?.provider, provider === "cpu" ? undefined : "webgpu");
      });
    }
  }
});
