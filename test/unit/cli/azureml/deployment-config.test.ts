import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readDeploymentConfig } from "../../../../cli/azureml/deployment-config.ts";
import { CommandError } from "../../../../cli/terminal/command.ts";

const read = (text: string) => readDeploymentConfig(text, "deploymentconfig.json");
const readJson = (value: unknown) => read(JSON.stringify(value));

/** The documentation's example for Kubernetes. */
const EXAMPLE = {
  computeType: "aks",
  autoScaler: { autoscaleEnabled: true, minReplicas: 1, maxReplicas: 3, refreshPeriodInSeconds: 1 },
  dataCollection: { storageEnabled: true },
  authEnabled: true,
  containerResourceRequirements: { cpu: 0.5, memoryInGB: 1.0 },
};

describe("a deployment configuration", () => {
  it("may be JSON or YAML, also as Windows writes them", () => {
    const yaml = "computeType: AKS\nautoScaler:\n  maxReplicas: 3\n";
    const json = JSON.stringify({ computeType: "aks", autoScaler: { maxReplicas: 3 } });
    for (const text of [yaml, `\uFEFF${yaml.replaceAll("\n", "\r\n")}`, `\uFEFF${json}`]) {
      assert.deepEqual(read(text), read(json));
    }
  });

  it("may say nothing by null, and what nobody documents", () => {
    const { config, unknown } = readJson({ ...EXAMPLE, numReplicas: null, sidecar: { on: true } });
    assert.equal(config.numReplicas, undefined);
    assert.deepEqual(unknown, ["sidecar.on"]);
  });

  for (const [changes, fault] of [
    [{ computeType: "local" }, "computeType: "],
    [{ computeType: undefined }, "computeType: "],
    [{ numReplicas: 2 }, "numReplicas: cannot go with autoScaler.autoscaleEnabled"],
    [{ autoScaler: { autoscaleEnabled: false } }, "numReplicas: is missing"],
    [
      { autoScaler: { autoscaleEnabled: false, maxReplicas: 2 }, numReplicas: 2 },
      "autoScaler.maxReplicas: is only for an autoscaler that is on",
    ],
    [
      { autoScaler: { minReplicas: 11 } },
      "autoScaler.minReplicas: is more than autoScaler.maxReplicas, 10",
    ],
    [{ autoScaler: { minReplicas: 0 } }, "autoScaler.minReplicas: "],
    [{ autoScaler: true }, "autoScaler: must be an object"],
    [{ numReplicas: 0 }, "numReplicas: "],
    [{ numReplicas: 2.5, autoScaler: null }, "numReplicas: "],
    [{ containerResourceRequirements: { cpu: 0 } }, "containerResourceRequirements.cpu: "],
    [
      { containerResourceRequirements: { cpu: 2, cpuLimit: 1 } },
      "containerResourceRequirements.cpuLimit: is less than containerResourceRequirements.cpu",
    ],
    [
      { containerResourceRequirements: { memoryInGBLimit: 0.1 } },
      "containerResourceRequirements.memoryInGBLimit: is less",
    ],
    [{ gpuCores: 0.5 }, "gpuCores: "],
    [{ tokenAuthEnabled: true }, "tokenAuthEnabled: cannot go with authEnabled"],
    [{ authEnabled: "yes" }, "authEnabled: "],
    [{ scoringTimeoutMs: 0 }, "scoringTimeoutMs: "],
    [{ tags: { team: 1 } }, "tags.team: "],
    [{ tags: ["web"] }, "tags: "],
    [{ livenessProbeRequirements: { periodSeconds: 0 } }, "livenessProbeRequirements.periodSec"],
    [{ namespace: "-a" }, "namespace: must be"],
    [{ trafficPercentile: 101 }, "trafficPercentile: "],
    [{ type: "Other" }, "type: "],
  ] as const) {
    it(`is refused with ${JSON.stringify(changes)}, naming the setting`, () => {
      assert.throws(
        () => readJson({ ...EXAMPLE, ...changes }),
        (error) => error instanceof CommandError && error.message.includes(`\n  ${fault}`),
      );
    });
  }

  it("is refused with all faults at once", () => {
    const faulty = { ...EXAMPLE, gpuCores: -1, authEnabled: 1 };
    assert.throws(
      () => readJson(faulty),
      /gpuCores: .*\n.*authEnabled: |authEnabled: .*\n.*gpuCores: /,
    );
  });

  for (const [text, message] of [
    ["{", /neither JSON nor YAML/],
    ["[1]", /not an object/],
    ["", /not an object/],
    ['{"entryScript": "score.py"}', /an inference configuration.*export the model to ONNX/s],
    ["name: env\ndependencies: [python=3.6]", /a conda environment.*pipeline\.ts/s],
    ["instance_type: Standard_DS3_v2\nmodel: azureml:m:1", /version 2 of Azure ML/],
  ] as const) {
    it(`is not ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => read(text),
        (error) => error instanceof CommandError && message.test(error.message),
      );
    });
  }
});
