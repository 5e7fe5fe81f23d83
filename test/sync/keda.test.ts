import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { jobClasses } from "../../shared/lane.ts";
import { keys } from "../support/redis-keys.ts";
import { RECENT_SECONDS } from "../../shared/redis/recent.ts";
import { loadRegistry } from "../../shared/model/registry.ts";
import { envOf, podOf, writtenObjects } from "../support/cluster-objects.ts";

const scaledObjectSchema = z.object({
  spec: z.object({
    scaleTargetRef: z.object({ name: z.string() }),
    minReplicaCount: z.int().optional(),
    maxReplicaCount: z.int().optional(),
    pollingInterval: z.int().optional(),
    cooldownPeriod: z.int().optional(),
    fallback: z.object({ replicas: z.int().min(1) }).optional(),
    triggers: z.array(
      z.object({
        type: z.string(),
        name: z.string(),
        authenticationRef: z.object({ name: z.string() }).optional(),
        // The API server refuses numbers.
        metadata: z.record(z.string(), z.string()),
      }),
    ),
  }),
});

const objects = writtenObjects();
const registry = loadRegistry("models");
const versions = registry.versions.map(({ id }) => id);

const scaled = objects
  .filter(({ object }) => object.kind === "ScaledObject")
  .map(({ path, object }) => ({ path, ...scaledObjectSchema.parse(object).spec }));
const byRedis = scaled.filter(({ triggers }) => triggers.some(({ type }) => type === "redis"));

/** Every list that an accepted job of ours can be counted in, and what remembers that one came. */
const written = new Map(
  versions.map((model) => [
    model,
    [...jobClasses.map((jobClass) => keys.load({ model, class: jobClass })), keys.recent(model)],
  ]),
);

describe("ScaledObjects", () => {
  it("are there, with metadata that are strings and a fallback that is never zero", () => {
    assert.ok(byRedis.length >= 2);
  });

  for (const { path, triggers, scaleTargetRef, minReplicaCount, maxReplicaCount } of byRedis) {
    it(`${path} reads keys that the code writes, all of each version`, () => {
      const lists = triggers.map(({ metadata }) => metadata["listName"] ?? "");
      const served = servedBy(path, scaleTargetRef.name);
      assert.ok(served.length > 0);
      const wanted = served.flatMap((model) => written.get(model) ?? [`no list of ${model}`]);
      assert.deepEqual(lists.toSorted(), wanted.toSorted());
    });

    it(`${path} has targets that are whole, wakes at one job, and may go to zero`, () => {
      for (const { metadata, authenticationRef } of triggers) {
        assert.match(metadata["listLength"] ?? "", /^[1-9]\d*$/);
        assert.equal(metadata["activationListLength"], "0");
        assert.equal(authenticationRef?.name, "redis");
        const known = ["activationListLength", "listLength", "listName"];
        // KEDA ignores a name that it does not know: a slip of the pen would cost the setting.
        assert.deepEqual(Object.keys(metadata).toSorted(), known);
      }
      assert.equal(minReplicaCount, 0);
      assert.ok((maxReplicaCount ?? 0) > 0);
    });
  }

  for (const { path, pollingInterval = 0, cooldownPeriod = 0 } of byRedis) {
    it(`${path} looks often enough to see what is remembered, and waits for the longer rest`, () => {
      assert.ok(RECENT_SECONDS >= 6 * pollingInterval);
      assert.ok(cooldownPeriod > RECENT_SECONDS);
    });
  }

  it("name triggers once, and identifiers where a formula uses them", () => {
    for (const { path, triggers } of scaled) {
      const names = triggers.map(({ name }) => name);
      assert.equal(new Set(names).size, names.length, path);
    }
  });

  it("leave the number of replicas of what they scale out of its manifest", () => {
    const deployments = objects.filter(({ object }) => object.kind === "Deployment");
    const targets = new Set(scaled.map(({ scaleTargetRef }) => scaleTargetRef.name));
    for (const { path, object } of deployments) {
      if (!targets.has(object.metadata.name)) continue;
      assert.ok(!("replicas" in Object(object["spec"])), `${path}: ${object.metadata.name}`);
    }
  });
});

/** The versions that the Deployment of that name serves. */
function servedBy(path: string, name: string): readonly string[] {
  const near = path.startsWith("k8s/models/") ? path.slice(0, path.lastIndexOf("/")) : "k8s/";
  const deployment = objects.find(
    ({ object, path: place }) =>
      object.kind === "Deployment" && object.metadata.name === name && place.startsWith(near),
  );
  const made = deployment && podOf(deployment.object);
  const [container] = made?.pod.containers ?? [];
  assert.ok(container !== undefined, `${path} scales ${name}, which is nowhere`);
  return envOf(container, "WORKER_MODELS")?.split(",") ?? [];
}
