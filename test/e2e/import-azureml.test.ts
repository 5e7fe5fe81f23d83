import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { readDefinition } from "../../gateway/endpoints/endpoint-body.ts";
import { loadRegistry } from "../../shared/model/registry.ts";
import { keys } from "../support/redis-keys.ts";
import { cli } from "../support/cli.ts";
import { ask } from "../support/client.ts";
import { System } from "../support/system.ts";

const reportSchema = z.strictObject({
  settings: z.array(
    z.strictObject({
      file: z.string(),
      setting: z.string(),
      value: z.unknown(),
      from: z.enum(["file", "default"]),
      becomes: z.array(z.string()).min(1),
    }),
  ),
  without_counterpart: z.array(
    z.strictObject({ file: z.string().nullable(), setting: z.string(), why: z.string().min(1) }),
  ),
  files: z.array(z.string()),
});

/** What a cluster's service may have said. */
const BLUE = {
  computeType: "aks",
  description: "Whose wine it is.",
  tags: { team: "web" },
  autoScaler: { autoscaleEnabled: true, minReplicas: 2, maxReplicas: 6, targetUtilization: 50 },
  containerResourceRequirements: { cpu: 2, memoryInGB: 4 },
  scoringTimeoutMs: 5000,
  maxQueueWaitMs: 1000,
  dataCollection: { storageEnabled: true },
  authEnabled: true,
  keys: { primaryKey: "first-secret", secondaryKey: "second-secret" },
  livenessProbeRequirements: { initialDelaySeconds: 310 },
  namespace: "azureml-wines",
  trafficPercentile: 80,
  isDefault: true,
  type: "Control",
  colour: "blue",
};

const GREEN = {
  ...BLUE,
  maxQueueWaitMs: 3000,
  isDefault: false,
  type: null,
  trafficPercentile: 20,
};

const folder = mkdtempSync(join(tmpdir(), "scoreline-import-"));
after(() => rmSync(folder, { recursive: true }));

function place(name: string, value: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
}

const blue = place("blue.json", BLUE);
const green = place("green.json", GREEN);

const run = async (...words: string[]) => cli(["import", "azureml", ...words]);

const json = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), "utf8"));

describe("scoreline import azureml", () => {
  it("says what becomes of each setting and what has no counterpart, and writes nothing", async () => {
    const { code, out, err } = await run(blue, "--model", "wine");
    assert.equal(code, 0, err);
    for (const line of [
      "autoScaler.maxReplicas 6\n    deploy render --max-replicas 6\n",
      "  maxQueueWaitMs 1000\n    endpoint: defaults.max_queue_wait_ms 1000\n",
      "  containerResourceRequirements.cpu 2\n    deploy render --slots 2\n",
      "\nNo counterpart:\n",
      "  colour: no setting that Azure documents",
      "  livenessProbeRequirements.initialDelaySeconds: ",
      "  inferenceconfig.json, environments: No Python runs here: export the model to",
    ]) {
      assert.ok(out.includes(line), `${line}\n${out}`);
    }
    assert.doesNotMatch(out, /-secret|Next;/);
  });

  it("writes what a registry, a cluster and a gateway take", async () => {
    const out = join(folder, "imported");
    const {
      code,
      out: printed,
      err,
    } = await run(blue, "--model", "wine@1", "--out", out, "--json");
    assert.equal(code, 0, err);
    const { files, settings, without_counterpart } = reportSchema.parse(JSON.parse(printed));
    for (const path of files) assert.ok(existsSync(path), path);
    assert.ok(settings.some(({ setting, from }) => setting === "type" && from === "file"));

    const { description, tags, variants, defaults, ...endpoint } = readDefinition(
      readFileSync(join(out, "endpoints/wine.json")),
      "wine",
    );
    assert.deepEqual([description, tags], ["Whose wine it is.", { team: "web" }]);
    assert.deepEqual(variants, [{ name: "wine-1", model: "wine@1", share: 80, type: "control" }]);
    assert.equal(endpoint.default, "wine-1");
    assert.deepEqual(defaults, { timeouts: { attempt_ms: 5000 }, max_queue_wait_ms: 1000 });
    assert.equal(endpoint.auth, "keys");
    const lost = without_counterpart.some(({ setting }) => setting.startsWith("dataCollection."));
    assert.notEqual("capture" in endpoint, lost, "it is in the file or in the list");

    cpSync("models/wine", join(out, "models/wine"), { recursive: true, force: false });
    const { manifest } = loadRegistry(join(out, "models")).resolve("wine@1");
    assert.deepEqual([manifest.preload, manifest.run_timeout_ms], [true, 5000]);

    const object = parse(readFileSync(join(out, "k8s/wine-1/scaled-object.yaml"), "utf8"));
    const { spec, metadata } = scaledObjectSchema.parse(object);
    assert.equal(metadata.namespace, "azureml-wines");
    assert.deepEqual([spec.minReplicaCount, spec.maxReplicaCount], [2, 6]);
    // 64 rows in a tenth of 5 s make 128 rows/s: of 2 slots, in 50 % of 1000 ms.
    const [interactive] = spec.triggers;
    const load = keys.load({ model: "wine@1", class: "interactive" });
    const { listName, listLength } = interactive?.metadata ?? {};
    assert.deepEqual([listName, listLength], [load, "128"]);
    const deployment = readFileSync(join(out, "k8s/wine-1/deployment.yaml"), "utf8");
    assert.match(deployment, /memory: 4096Mi/);
  });

  it("writes an endpoint that a gateway takes, under the URL that Azure ML had", async () => {
    const out = join(folder, "taken");
    const { code, err } = await run(blue, "--model", "wine", "--endpoint", "wines", "--out", out);
    assert.equal(code, 0, err);
    await using system = await System.bare();
    const { url } = await system.gateway();
    const body = readFileSync(join(out, "endpoints/wines.json"), "utf8");
    const headers = { "content-type": "application/json" };
    const put = await ask(`${url}/v1/endpoints/wines`, { method: "PUT", headers, body });
    assert.equal(put.status, 201, await put.text());
    const service = await ask(`${url}/api/v1/service/wines`);
    assert.equal(service.status, 200, await service.text());
  });

  it("overwrites nothing that is another, but with --force", async () => {
    const out = join(folder, "again");
    const write = async (path: string, ...more: string[]) =>
      run(path, "--model", "wine", "--variant", "a", "--endpoint", "wine", "--out", out, ...more);
    const first = await write(blue);
    assert.equal(first.code, 0, first.err);
    assert.match(first.out, new RegExp(`cp -r ${out}/models/\\. \\S+/models\n`));
    assert.equal((await write(blue)).code, 0, "the same is written");
    const refused = await write(green);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /nothing was written: --force would overwrite/);
    assert.ok(refused.err.includes(join(out, "endpoints/wine.json")), refused.err);
    const share = (): unknown => json(out, "endpoints/wine.json");
    assert.match(JSON.stringify(share()), /"share":80/);
    assert.equal((await write(green, "--force")).code, 0);
    assert.match(JSON.stringify(share()), /"share":20/);
  });

  it("makes one endpoint of several versions, with what its default says", async () => {
    const out = join(folder, "several");
    const models = ["--model", "image-classification@1", "--model", "image-classification@2"];
    const variants = ["--variant", "green", "--variant", "blue"];
    const rest = ["--endpoint", "photos", "--out", out, "--json"];
    const { code, out: printed, err } = await run(green, blue, ...models, ...variants, ...rest);
    assert.equal(code, 0, err);
    const photos = z
      .looseObject({ variants: z.array(z.unknown()), default: z.string(), defaults: z.unknown() })
      .parse(json(out, "endpoints/photos.json"));
    assert.deepEqual(photos.variants, [
      { name: "green", model: "image-classification@1", share: 20 },
      { name: "blue", model: "image-classification@2", share: 80, type: "control" },
    ]);
    assert.equal(photos.default, "blue");
    assert.deepEqual(photos.defaults, { timeouts: { attempt_ms: 5000 }, max_queue_wait_ms: 1000 });
    const { without_counterpart: missing } = reportSchema.parse(JSON.parse(printed));
    const lost = missing.filter(
      ({ file, setting }) => file === green && setting === "maxQueueWaitMs",
    );
    assert.equal(lost.length, 1);
    assert.match(lost[0]?.why ?? "", /an endpoint has this once/);
    assert.ok(existsSync(join(out, "k8s/image-classification-2/kustomization.yaml")));
  });

  const taken = place("other.json", { ...BLUE, trafficPercentile: 30, type: "Treatment" });
  const rich = place("rich.json", { ...GREEN, trafficPercentile: 30 });
  const faulty = place("faulty.json", { ...BLUE, numReplicas: 3 });
  for (const [words, code, message] of [
    [[blue], 2, /--model is missing/],
    [[blue, green, "--model", "wine"], 2, /--model is given 1 times for 2 files/],
    [
      [blue, "--model", "wine", "--variant", "Blue"],
      2,
      /--variant Blue: must be 1 to 64 lower-case/,
    ],
    [[blue, "--model", "no-such-model"], 1, /no-such-model/],
    [["nowhere.json", "--model", "wine"], 1, /cannot read nowhere\.json/],
    [[faulty, "--model", "wine"], 1, /faulty\.json cannot be imported:\n {2}numReplicas: /],
    [[blue, taken, "--model", "wine", "--model", "wine"], 1, /isDefault: only one version/],
    [[blue, rich, "--model", "wine", "--model", "wine"], 1, /trafficPercentile: is 110/],
    [[blue, green, "--model", "wine", "--model", "wine"], 1, /two variants are called wine-1/],
  ] as const) {
    it(`is refused, saying ${String(message)}`, async () => {
      const refused = await run(...words);
      assert.equal(refused.code, code, refused.out + refused.err);
      assert.match(refused.err, message);
    });
  }
});

const scaledObjectSchema = z.object({
  metadata: z.object({ namespace: z.string() }),
  spec: z.object({
    minReplicaCount: z.int(),
    maxReplicaCount: z.int(),
    triggers: z.array(z.object({ metadata: z.record(z.string(), z.string()) })),
  }),
});
