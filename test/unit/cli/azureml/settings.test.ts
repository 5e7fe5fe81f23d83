import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Counterpart } from "../../../../cli/azureml/counterpart.ts";
import { readDeploymentConfig } from "../../../../cli/azureml/deployment-config.ts";
import type { Field } from "../../../../cli/azureml/fields.ts";
import { settingsOf, type Setting } from "../../../../cli/azureml/imported.ts";
import { manifestSchema } from "../../../../shared/model/manifest.ts";
import { repositoryFile } from "../../../support/client.ts";

const wine = JSON.parse(repositoryFile("models/wine/1/manifest.json").toString());
const manifest = manifestSchema.parse({ ...wine, run_timeout_ms: 30_000 });

/** Settings of a file that says this. */
function settings(says: object): readonly Setting[] {
  const read = readDeploymentConfig(JSON.stringify({ computeType: "aks", ...says }), "file");
  return settingsOf(read, { config: read.config, manifest, variant: "blue" });
}

/** What one of them became; its reason, where it has one, as a pattern would find it. */
function become(says: object, name: string): Counterpart | undefined {
  return settings(says).find((one) => one.name === name)?.counterpart;
}

const none = (why: RegExp) => ({ why });

type Expected = Omit<Counterpart, "why"> & { readonly why?: RegExp };

/** Every setting: what a file says, and what becomes of it. */
const ROWS: Readonly<Record<Field, readonly (readonly [says: object, becomes: Expected])[]>> = {
  computeType: [
    [{}, { manifest: { preload: true } }],
    [{ computeType: "ACI" }, { manifest: { preload: true } }],
    [{ computeType: "AksEndpoint" }, { manifest: { preload: true } }],
  ],
  "autoScaler.autoscaleEnabled": [
    [{ autoScaler: { autoscaleEnabled: true } }, {}],
    [{ autoScaler: { autoscaleEnabled: false }, numReplicas: 2 }, {}],
  ],
  "autoScaler.minReplicas": [
    [{}, { deploy: { "min-replicas": "1" } }],
    [{ autoScaler: { minReplicas: 3 } }, { deploy: { "min-replicas": "3" } }],
  ],
  "autoScaler.maxReplicas": [
    [{}, { deploy: { "max-replicas": "10" } }],
    [{ autoScaler: { maxReplicas: 4 } }, { deploy: { "max-replicas": "4" } }],
  ],
  "autoScaler.refreshPeriodInSeconds": [
    [{ autoScaler: { refreshPeriodInSeconds: 1 } }, none(/every 15 s/)],
  ],
  "autoScaler.targetUtilization": [
    [{}, { deploy: { "target-wait-ms": "350" } }],
    [
      { autoScaler: { targetUtilization: 50 }, maxQueueWaitMs: 4000 },
      { deploy: { "target-wait-ms": "2000" } },
    ],
  ],
  numReplicas: [
    [{ numReplicas: 3 }, { deploy: { "min-replicas": "3", "max-replicas": "3" } }],
    [{ computeType: "aci" }, { deploy: { "min-replicas": "1", "max-replicas": "1" } }],
  ],
  "containerResourceRequirements.cpu": [
    [{}, { deploy: { slots: "1" } }],
    [{ containerResourceRequirements: { cpu: 1.5 } }, { deploy: { slots: "2" } }],
    [{ containerResourceRequirements: { cpu: 1, cpuLimit: 3 } }, none(/cpuLimit counts/)],
    [{ containerResourceRequirements: { cpu: 1 }, gpuCores: 1 }, none(/one slot and 4 cores/)],
  ],
  "containerResourceRequirements.cpuLimit": [
    [{ containerResourceRequirements: { cpu: 1, cpuLimit: 2.5 } }, { deploy: { slots: "3" } }],
  ],
  "containerResourceRequirements.memoryInGB": [
    [{}, { deploy: { "memory-mib": "512" } }],
    [{ containerResourceRequirements: { memoryInGB: 1.5 } }, { deploy: { "memory-mib": "1536" } }],
    [{ containerResourceRequirements: { memoryInGBLimit: 2 } }, none(/memoryInGBLimit counts/)],
  ],
  "containerResourceRequirements.memoryInGBLimit": [
    [
      { containerResourceRequirements: { memoryInGBLimit: 2 } },
      { deploy: { "memory-mib": "2048" } },
    ],
  ],
  gpuCores: [
    [{ gpuCores: 0 }, {}],
    [{ gpuCores: 1 }, { deploy: { pool: "gpu" }, manifest: { execution_providers: ["cuda"] } }],
    [
      { containerResourceRequirements: { gpu: 2 } },
      {
        deploy: { pool: "gpu" },
        manifest: { execution_providers: ["cuda"] },
        why: /one GPU/,
      },
    ],
  ],
  scoringTimeoutMs: [
    [{}, { endpoint: { "defaults.timeouts.attempt_ms": 60_000 } }],
    [
      { scoringTimeoutMs: 5000 },
      { endpoint: { "defaults.timeouts.attempt_ms": 5000 }, manifest: { run_timeout_ms: 5000 } },
    ],
  ],
  maxQueueWaitMs: [
    [{}, { endpoint: { "defaults.max_queue_wait_ms": 500 } }],
    [{ maxQueueWaitMs: 2000 }, { endpoint: { "defaults.max_queue_wait_ms": 2000 } }],
  ],
  maxConcurrentRequestsPerContainer: [
    [{ maxConcurrentRequestsPerContainer: 1 }, none(/max_batch_size/)],
  ],
  authEnabled: [
    [{}, { endpoint: { auth: "keys" } }],
    [{ authEnabled: true }, { endpoint: { auth: "keys" } }],
    [{ authEnabled: false }, none(/give callers keys/)],
    [{ tokenAuthEnabled: true }, {}],
    [{ computeType: "aci" }, none(/give callers keys/)],
  ],
  tokenAuthEnabled: [
    [{ tokenAuthEnabled: true }, { endpoint: { auth: "tokens" } }],
    [{ aadAuthEnabled: true, authEnabled: false }, { endpoint: { auth: "tokens" } }],
    [{ tokenAuthEnabled: false }, {}],
  ],
  "keys.primaryKey": [[{ keys: { primaryKey: "very-secret" } }, none(/keys create/)]],
  "keys.secondaryKey": [[{ keys: { secondaryKey: "very-secret" } }, none(/keys create/)]],
  "dataCollection.storageEnabled": [
    [
      { dataCollection: { storageEnabled: true } },
      { endpoint: { capture: { percent: 100, inputs: true, outputs: true } } },
    ],
    [{ dataCollection: { storageEnabled: false } }, {}],
  ],
  appInsightsEnabled: [
    [{ appInsightsEnabled: true }, none(/needs no setting/)],
    [{ appInsightsEnabled: false }, none(/always on/)],
  ],
  tags: [
    [{ tags: { team: "web" } }, { endpoint: { tags: { team: "web" } } }],
    [{ kvTags: { team: "web" } }, { endpoint: { tags: { team: "web" } } }],
  ],
  properties: [[{ properties: { a: "b" } }, { endpoint: { properties: { a: "b" } } }]],
  description: [[{ description: "Answers." }, { endpoint: { description: "Answers." } }]],
  "livenessProbeRequirements.periodSeconds": [
    [{ livenessProbeRequirements: { periodSeconds: 10 } }, none(/probes of their own/)],
  ],
  "livenessProbeRequirements.initialDelaySeconds": [
    [{ livenessProbeRequirements: { initialDelaySeconds: 310 } }, none(/ready when it has/)],
  ],
  "livenessProbeRequirements.timeoutSeconds": [
    [{ livenessProbeRequirements: { timeoutSeconds: 2 } }, none(/probes of their own/)],
  ],
  "livenessProbeRequirements.successThreshold": [
    [{ livenessProbeRequirements: { successThreshold: 1 } }, none(/probes of their own/)],
  ],
  "livenessProbeRequirements.failureThreshold": [
    [{ livenessProbeRequirements: { failureThreshold: 3 } }, none(/probes of their own/)],
  ],
  namespace: [[{ namespace: "azureml-ws" }, { deploy: { namespace: "azureml-ws" } }]],
  computeName: [[{ computeName: "myaks" }, none(/context/)]],
  storageInitEnabled: [[{ storageInitEnabled: false }, none(/on a volume/)]],
  location: [[{ computeType: "aci", location: "westus" }, none(/where the cluster is/)]],
  sslEnabled: [
    [{ computeType: "aci", sslEnabled: true }, none(/Ingress/)],
    [{ computeType: "aci", sslEnabled: false }, {}],
  ],
  sslCertificate: [[{ computeType: "aci", sslCertificate: "PEM" }, none(/Ingress/)]],
  sslKey: [[{ computeType: "aci", sslKey: "PEM" }, none(/Ingress/)]],
  cname: [[{ computeType: "aci", cname: "a.example" }, none(/host in the Ingress/)]],
  dnsNameLabel: [[{ computeType: "aci", dnsNameLabel: "a" }, none(/host in the Ingress/)]],
  trafficPercentile: [[{ trafficPercentile: 20 }, { variant: { share: 20 } }]],
  isDefault: [
    [{ isDefault: true }, { endpoint: { default: "blue" } }],
    [{ isDefault: false }, {}],
  ],
  type: [
    [{ type: "Control" }, { variant: { type: "control" } }],
    [{ type: "Treatment" }, { variant: { type: "treatment" } }],
  ],
};

describe("what becomes of a setting of Azure ML", () => {
  for (const [name, rows] of Object.entries(ROWS)) {
    for (const [says, { why, ...members }] of rows) {
      it(`${name} of ${JSON.stringify(says)}`, () => {
        const { why: reason = "", ...made } = become(says, name) ?? { why: "nothing" };
        assert.deepEqual(made, members);
        assert.match(reason, why ?? /^$/);
      });
    }
  }

  it("is nothing for what neither the file nor Azure says", () => {
    for (const name of ["gpuCores", "computeName", "dataCollection.storageEnabled"]) {
      assert.equal(become({}, name), undefined);
    }
    assert.equal(become({ computeType: "aci" }, "maxQueueWaitMs"), undefined);
    assert.equal(become({ numReplicas: 2 }, "autoScaler.maxReplicas"), undefined);
  });

  it("is marked where it is a default", () => {
    const made = settings({ scoringTimeoutMs: 5, description: null });
    const said = made.filter(({ isSaid }) => isSaid).map(({ name }) => name);
    assert.deepEqual(said, ["computeType", "scoringTimeoutMs"]);
  });
});
