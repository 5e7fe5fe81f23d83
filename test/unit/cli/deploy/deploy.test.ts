import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  cooldownSeconds,
  graceMs,
  jobsPerReplica,
  memoryMib,
  slowestRowsPerSecond,
  terminationSeconds,
  planOf,
} from "../../../../cli/deploy/plan.ts";
import { optionsOf } from "../../../../cli/deploy/options.ts";
import { manifestSchema } from "../../../../shared/model/manifest.ts";
import type { ModelVersion } from "../../../../shared/model/registry.ts";
import { CLOSING_MS } from "../../../../worker/config.ts";
import { repositoryFile } from "../../../support/client.ts";

describe("jobs per replica", () => {
  it("are what it works through in the wished wait", () => {
    assert.equal(jobsPerReplica(30, 2, 1000), 60);
    assert.equal(jobsPerReplica(30, 2, 60_000), 3600);
    assert.equal(jobsPerReplica(2.5, 1, 1000), 2);
  });

  it("are one a slot at least: less would leave it idle", () => {
    assert.equal(jobsPerReplica(0.1, 4, 1000), 4);
  });
});

describe("the rate that is assumed", () => {
  it("is that of batches which take a tenth of run_timeout_ms", () => {
    assert.equal(slowestRowsPerSecond(8, 30_000), 8 / 3);
  });
});

describe("the time to stop", () => {
  it("leaves a run that has just begun all of its own, then time to hand back, then to exit", () => {
    assert.equal(graceMs(30_000) - CLOSING_MS, 30_000);
    assert.ok(terminationSeconds(30_000) * 1000 >= graceMs(30_000) + 5000);
    assert.equal(terminationSeconds(1), 11, "rounded up");
  });

  it("is not what ends a pool that only looks idle", () => {
    assert.equal(cooldownSeconds(30_000), 300);
    assert.equal(cooldownSeconds(600_000), 610);
  });
});

describe("memory", () => {
  it("grows with slots and the file, in steps of 64 MiB", () => {
    assert.equal(memoryMib(0, 1), 704);
    const amounts = [memoryMib(0, 1), memoryMib(0, 2), memoryMib(2 ** 28, 2)];
    assert.deepEqual(
      amounts,
      amounts.toSorted((a, b) => a - b),
    );
    for (const amount of amounts) assert.equal(amount % 64, 0);
  });
});

describe("a plan", () => {
  const wine = JSON.parse(repositoryFile("models/wine/1/manifest.json").toString());
  const versionOf = (changes: object): ModelVersion => {
    const manifest = manifestSchema.parse({ ...wine, ...changes });
    const { name, version } = manifest;
    const id = `${name}@${version}`;
    return { id, name, version, folder: "", edition: "", isArchived: false, manifest };
  };

  it("takes the pool of what the manifest names first, and the option over that", () => {
    const both = versionOf({ execution_providers: ["cuda", "cpu"] });
    const gpu = planOf(both, optionsOf({}), "1.0.0");
    assert.deepEqual([gpu.pool, gpu.slots, gpu.image], ["gpu", 1, "scoreline-gpu:1.0.0"]);
    const cpu = planOf(both, optionsOf({ pool: "cpu", slots: "4" }), "1.0.0");
    assert.deepEqual([cpu.pool, cpu.slots, cpu.cores, cpu.image], ["cpu", 4, 4, "scoreline:1.0.0"]);
  });

  it("is refused for a pool that the manifest does not name", () => {
    const version = versionOf({ execution_providers: ["cpu"] });
    assert.throws(() => planOf(version, optionsOf({ pool: "gpu" }), "1.0.0"), /no "webgpu"/);
  });

  it("offers the first GPU provider that the manifest names, in that one's image", () => {
    const version = versionOf({ execution_providers: ["webgpu", "cuda", "cpu"] });
    const plan = planOf(version, optionsOf({ "gpu-resource": "amd.com/gpu" }), "1.0.0");
    assert.deepEqual(
      [plan.provider, plan.image, plan.gpuResource],
      ["webgpu", "scoreline-vulkan:1.0.0", "amd.com/gpu"],
    );
    assert.equal(planOf(version, optionsOf({ pool: "cpu" }), "1.0.0").provider, "cpu");
  });

  it("has a name that fits into a label, and is not another's", () => {
    const names = ["a", "b"].map((end) => {
      const version = versionOf({ name: `${"long-".repeat(12)}${end}` });
      return planOf(version, optionsOf({}), "1.0.0").name;
    });
    for (const name of names) assert.match(name, /^worker-[a-z0-9-]{1,47}$/);
    assert.notEqual(names[0], names[1]);
  });

  for (const [flag, value] of [
    ["pool", "tpu"],
    ["rows-per-second", "-1"],
    ["target-wait-ms", "soon"],
    ["slots", "1.5"],
    ["max-replicas", "0"],
    ["gpu-resource", "gpu"],
    ["image", ""],
    ["image", "a:b:c"],
    ["image", "Mine:1"],
    ["image", "mine:"],
    ["image", "host:port/mine:1"],
    ["image", "mine:1\nx: y"],
    ["namespace", "Bad_NS"],
    ["namespace", "-a"],
    ["namespace", "a".repeat(64)],
  ] as const) {
    it(`is refused --${flag} "${value}"`, () => {
      assert.throws(() => optionsOf({ [flag]: value }), new RegExp(`--${flag} is`));
    });
  }

  it("takes names as registries and clusters have them", () => {
    for (const image of [
      "mine",
      "a/b_c:1",
      "h.example:5000/a/b--c:v1",
      `a@sha256:${"0".repeat(64)}`,
    ]) {
      assert.equal(optionsOf({ image }).image, image);
    }
    for (const namespace of ["ml", "a".repeat(63), "team-1"]) {
      assert.equal(optionsOf({ namespace }).namespace, namespace);
    }
  });
});
