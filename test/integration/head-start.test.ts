import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createLogger } from "../../shared/log.ts";
import { loadRegistry, type ModelVersion } from "../../shared/model/registry.ts";
import { takeHeadStart } from "../../worker/runner/head-start.ts";
import { Sessions } from "../../worker/runner/sessions.ts";
import { startFirstRunner } from "../../worker/score/first-runner.ts";
import { RunnerProcess } from "../../worker/score/runner-process.ts";
import { changeManifest } from "../support/models.ts";

const FIXTURE = "test/fixtures/models/two-outputs/1";

/** Versions of a folder, by name: `wanted` and `named` are to be preloaded, `later` is not. */
function modelsFor(t: TestContext): {
  readonly folder: string;
  readonly of: (name: string) => ModelVersion;
} {
  const folder = mkdtempSync(join(tmpdir(), "scoreline-head-start-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of ["wanted", "named", "later"]) {
    const version = join(folder, name, "1");
    cpSync(FIXTURE, version, { recursive: true });
    changeManifest(version, { name, preload: name !== "later" });
  }
  const { versions } = loadRegistry(folder);
  const of = (name: string): ModelVersion => {
    const found = versions.find((version) => version.name === name);
    assert.ok(found !== undefined, name);
    return found;
  };
  return { folder, of };
}

/** From now on the version can only be run by who has loaded it. */
function removeGraph({ folder, manifest }: ModelVersion): void {
  rmSync(join(folder, manifest.file.path));
}

describe("a runner's head start", () => {
  it("loads what is to be preloaded, of the names that are given", async (t) => {
    for (const [names, loaded] of [
      [[], ["wanted", "named"]],
      [["named, later"], ["named"]],
      [["named@1"], ["named"]],
      [["named@2"], []],
    ] as const) {
      const { folder, of } = modelsFor(t);
      const sessions = new Sessions();
      await takeHeadStart(sessions, [folder, ...names]);
      for (const name of ["wanted", "named", "later"]) {
        const version = of(name);
        removeGraph(version);
        const { type } = await sessions.load(version.folder, version.edition);
        assert.equal(
          type === "loaded",
          loaded.some((one) => one === name),
          `${name} of ${names.join()}`,
        );
      }
    }
  });

  it("tells what loading took when it is asked for first", async (t) => {
    const { folder, of } = modelsFor(t);
    const sessions = new Sessions();
    await takeHeadStart(sessions, [folder]);
    const { folder: wanted, edition } = of("wanted");
    const answers = [await sessions.load(wanted, edition), await sessions.load(wanted, edition)];
    const [first, second] = answers.map((answer) => answer.type === "loaded" && answer.loadMs);
    assert.ok(Number(first) > 0);
    assert.equal(second, 0, "nothing is loaded then");
  });

  it("ends with the load that is under way when the worker asks for something", async (t) => {
    const { folder, of } = modelsFor(t);
    const sessions = new Sessions();
    await takeHeadStart(sessions, [folder], () => true);
    for (const name of ["named", "wanted"]) removeGraph(of(name));
    const types = ["named", "wanted"].map(async (name) => {
      const version = of(name);
      return (await sessions.load(version.folder, version.edition)).type;
    });
    assert.deepEqual(await Promise.all(types), ["loaded", "load_failed"]);
  });

  it("leaves what goes wrong to be told when it is asked for", async (t) => {
    await takeHeadStart(new Sessions(), ["/none"]);
    const { folder, of } = modelsFor(t);
    removeGraph(of("named"));
    const sessions = new Sessions();
    await takeHeadStart(sessions, [folder]);
    const [named, wanted] = [of("named"), of("wanted")];
    assert.equal((await sessions.load(named.folder, named.edition)).type, "load_failed");
    assert.equal((await sessions.load(wanted.folder, wanted.edition)).type, "loaded");
  });

  it("is that of a worker's first runner, whose model is there when the worker asks", async (t) => {
    const { folder, of } = modelsFor(t);
    const { environment, spawned } = startFirstRunner({
      MODELS_DIR: folder,
      WORKER_MODELS: "wanted",
    });
    const logger = createLogger("worker", "silent");
    const runner = new RunnerProcess({ logger, environment, spawned });
    t.after(() => runner.kill());
    // It answers nothing before.
    await runner.prove({ name: "cpu" });
    for (const name of ["wanted", "named"]) removeGraph(of(name));
    await runner.load(of("wanted"));
    await assert.rejects(runner.load(of("named")), /ENOENT/);
  });

  it("is none where a GPU is to be proven, sessions have a budget, or nothing is scored", (t) => {
    for (const more of [{ EXECUTION_PROVIDERS: "cuda,cpu" }, { RUNNER_MEMORY_MB: "100" }]) {
      const { spawned } = startFirstRunner({ MODELS_DIR: "models", ...more });
      t.after(() => spawned?.kill("SIGKILL"));
      assert.equal(spawned?.spawnargs.length, 2);
    }
    assert.equal(startFirstRunner({ WORKER_ROLE: "courier" }).spawned, undefined);
    const { spawned } = startFirstRunner({ EXECUTION_PROVIDERS: "", RUNNER_MEMORY_MB: "" });
    t.after(() => spawned?.kill("SIGKILL"));
    assert.deepEqual(spawned?.spawnargs.slice(2), [join(process.cwd(), "models")]);
  });
});
