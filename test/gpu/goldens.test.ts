import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { after, describe, it } from "node:test";
import { z } from "zod";
import { isNotPulled, loadRegistry } from "../../shared/model/registry.ts";
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
  after(() => rmSync(dirname(driver), { recursive: true }));

  for (const version of loadRegistry("models").versions) {
    if (isNotPulled(version)) continue;
    for (const provider of ["cpu", "webgpu"]) {
      it(`of ${version.id} come out as expected on ${provider}`, async () => {
        const args = ["models", "check", version.id, "--no-measure", "--json"];
        const { out, err } = await cli([...args, "--provider", provider], withDriver(driver));
        const [{ goldens, gpu, findings }] = reportsSchema.parse(JSON.parse(out));
        assert.equal(goldens.failed, 0, JSON.stringify(findings) + err);
        assert.ok(goldens.cases > 0);
        assert.equal(gpu?.provider, provider === "cpu" ? undefined : "webgpu");
      });
    }
  }
});
