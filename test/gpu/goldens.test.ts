import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { z } from "zod";
import { isNotPulled, loadRegistry, type ModelVersion } from "../../shared/model/registry.ts";
import { cli } from "../support/cli.ts";
import { driverFile, findSoftwareGpu, withDriver } from "../support/vulkan.ts";

const { library = "", missing } = findSoftwareGpu();

const reportsSchema = z.tuple([
  z.looseObject({
    findings: z.array(z.looseObject({ level: z.string(), rule: z.string(), why: z.string() })),
    goldens: z.object({ cases: z.int(), failed: z.int() }),
    gpu: z.looseObject({ provider: z.string(), name: z.string() }).nullable(),
  }),
]);

describe("the goldens of all models whose file is here", { skip: missing }, () => {
  const driver = driverFile(library);
  const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  after(() => {
    for (const folder of [dirname(driver), models]) rmSync(folder, { recursive: true });
  });

  /** A copy that may take its time, in batches that SwiftShader can do in it. */
  function copy({ folder, name, version }: ModelVersion): void {
    const to = join(models, name, String(version));
    cpSync(folder, to, { recursive: true });
    const photos = join(folder, "../photos"); // goldens name files there
    if (existsSync(photos)) cpSync(photos, join(models, name, "photos"), { recursive: true });
    const file = join(to, "manifest.json");
    // What a manifest parses to is an object.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const manifest = JSON.parse(readFileSync(file, "utf8")) as object;
    const slow = {
      run_timeout_ms: 600_000,
      batching: { max_batch_size: 2, max_queue_delay_ms: 0 },
    };
    writeFileSync(file, JSON.stringify({ ...manifest, ...slow }));
  }

  for (const version of loadRegistry("models").versions) {
    if (isNotPulled(version)) continue;
    copy(version);
    for (const provider of ["cpu", "webgpu"]) {
      it(`of ${version.id} come out as expected on ${provider}`, async () => {
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
