import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { before, describe, it } from "node:test";
import { Device } from "../../worker/runner/device.ts";
import { openGraph, type Graph, type GraphFile } from "../../worker/runner/graph.ts";
import { loadRegistry } from "../../shared/model/registry.ts";
import { pipelineFor } from "../../worker/runner/pipelines.ts";
import { runnerEnvironment } from "../../worker/score/runner-environment.ts";
import { RunnerProcess } from "../../worker/score/runner-process.ts";
import { createLogger } from "../../shared/log.ts";
import { withDriver } from "../support/vulkan.ts";

/** Its work is the same on every provider; one that is everywhere will do. */
const provider = { name: "cpu" } as const;

describe("a graph in the thread of a GPU", () => {
  let file: GraphFile;
  let graph: Graph;
  const device = new Device();
  before(async () => {
    const { folder, manifest } = loadRegistry(resolve("models")).resolve("wine@1");
    const pipeline = await pipelineFor(manifest, folder);
    const path = join(folder, manifest.file.path);
    file = { path, manifest, provider, blanks: [pipeline.blank(2)], together: [] };
    graph = await device.open(file);
  });

  it("gives what it gives in this one", async () => {
    const [inputs = {}] = file.blanks;
    const own = await openGraph(file);
    assert.deepEqual(await graph.run(inputs), await own.run(inputs));
    await own.release();
  });

  it("says of each run when it begins: after the one before has ended", async () => {
    const [inputs = {}] = file.blanks;
    const heard: string[] = [];
    const run = async (name: string): Promise<void> => {
      await graph.run(inputs, () => heard.push(`${name} begins`));
      heard.push(`${name} ends`);
    };
    await Promise.all([run("a"), run("b"), run("c")]);
    const wanted = ["a", "b", "c"].flatMap((name) => [`${name} begins`, `${name} ends`]);
    assert.deepEqual(heard, wanted);
  });

  it("says why it cannot be opened, and leaves the others open", async () => {
    const missing = { ...file, path: "/nowhere/model.onnx" };
    await assert.rejects(device.open(missing), /nowhere/);
    const [inputs = {}] = file.blanks;
    assert.ok(Object.keys(await graph.run(inputs)).length > 0);
    await graph.release();
    await assert.rejects(graph.run(inputs), /not open/);
  });
});

describe("a runner that does not get its GPU", () => {
  const isMac = process.platform === "darwin" && "a Mac has Metal, and no driver file";

  it(
    "says why a model cannot be loaded, and ends: it would not get it later",
    { skip: isMac },
    async () => {
      const environment = runnerEnvironment({
        ...process.env,
        ...withDriver("/nowhere/driver.json"),
      });
      const host = { logger: createLogger("test", "fatal"), environment };
      const runner = new RunnerProcess(host, undefined, { providers: ["webgpu"], devices: [] });
      const wine = loadRegistry(resolve("models")).resolve("wine@1");
      const manifest = { ...wine.manifest, execution_providers: ["webgpu" as const] };
      await assert.rejects(runner.load({ ...wine, manifest }), /WebGPU adapter/);
      assert.match((await runner.gone).message, /its device is gone/);
    },
  );
});
