import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { cli } from "../support/cli.ts";
import { driverFile, findSoftwareGpu, withDriver } from "../support/vulkan.ts";
import { volumes, waves } from "./graphs.ts";

const { library = "", missing } = findSoftwareGpu();

const speedSchema = z.looseObject({
  proposed_max_batch_size: z.number(),
  batches: z.array(z.looseObject({ batch_size: z.number(), rows_per_second: z.number() })),
});
const reportsSchema = z.tuple([
  z.looseObject({
    ok: z.boolean(),
    findings: z.array(z.looseObject({ why: z.string() })),
    gpu: z.looseObject({ runs_on: z.looseObject({ provider: z.string() }) }).nullable(),
    speed: speedSchema.nullable(),
    cpu_speed: speedSchema.nullable(),
    advice: z.looseObject({ provider: z.string(), max_batch_size: z.number() }).nullable(),
  }),
]);

describe("models on a GPU, which is SwiftShader", { skip: missing, timeout: 3_600_000 }, () => {
  const driver = driverFile(library);
  const folder = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  const env = { MODELS_DIR: folder, ...withDriver(driver) };
  after(() => {
    for (const one of [dirname(driver), folder]) rmSync(one, { recursive: true });
  });
  before(() => {
    writeFileSync(join(folder, "volumes.onnx"), volumes());
    writeFileSync(join(folder, "waves.onnx"), waves());
  });

  const add = async (name: string, ...more: string[]): ReturnType<typeof cli> =>
    cli(["models", "add", join(folder, `${name}.onnx`), "--name", name, "--yes", ...more], env);

  const providersOf = (name: string): unknown => {
    const manifest: unknown = JSON.parse(
      readFileSync(join(folder, name, "1/manifest.json"), "utf8"),
    );
    return z.looseObject({ execution_providers: z.unknown() }).parse(manifest).execution_providers;
  };

  const check = async (name: string, ...more: string[]) => {
    const { code, out } = await cli(["models", "check", name, "--json", ...more], env);
    const [report] = reportsSchema.parse(JSON.parse(out));
    return { code, ...report };
  };

  it("are added with the GPU before the CPU, when that was asked for and it is the faster", async () => {
    const { code, err } = await add("waves", "--provider", "webgpu", "--max-batch-size", "4");
    assert.equal(code, 0, err);
    assert.deepEqual(providersOf("waves"), ["webgpu", "cpu"]);
  });

  it("are timed by batch beside the CPU, with advice which to take", async () => {
    const seconds = ["--seconds", "0.3"];
    const report = await check("waves", "--provider", "webgpu", ...seconds);
    assert.equal(report.code, 0, JSON.stringify(report));
    assert.equal(report.gpu?.runs_on.provider, "webgpu");
    for (const speed of [report.speed, report.cpu_speed]) {
      const sizes = speed?.batches.map((one) => one.batch_size).slice(0, 3);
      assert.deepEqual(sizes, [1, 2, 4]);
    }
    assert.equal(report.advice?.provider, "webgpu", JSON.stringify(report));
    assert.equal(report.advice?.max_batch_size, report.speed?.proposed_max_batch_size);
  });

  it("are refused that the GPU cannot run, with ONNX Runtime's reason", async () => {
    assert.equal((await add("volumes")).code, 0);
    const { code, findings } = await check("volumes", "--provider", "webgpu", "--no-measure");
    assert.equal(code, 1);
    assert.match(findings[0]?.why ?? "", /Only Conv2d or Conv1d are supported/);
    assert.equal((await check("volumes", "--no-measure")).code, 0);
  });
});
