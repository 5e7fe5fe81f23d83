import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { gatewayMetrics } from "../../gateway/http/metrics.ts";
import { queueSchema } from "../../gateway/models/model-schema.ts";
import { scopes } from "../../shared/access/key.ts";
import { loadRegistry } from "../../shared/model/registry.ts";
import { readText } from "./support/repository.ts";

const objectSchema = z.object({
  spec: z.object({
    triggers: z
      .array(z.object({ type: z.string(), metadata: z.record(z.string(), z.string()) }))
      .default([]),
  }),
});

const registry = loadRegistry("models");
const targets = triggersOf("keda/worker-gpu/worker-gpu.yaml").map(
  ({ metadata }) => metadata["listLength"],
);

describe("keda/alternatives/prometheus.yaml", () => {
  const triggers = triggersOf("keda/alternatives/prometheus.yaml");

  it("asks for the metric and labels that a gateway has, of versions that there are", () => {
    const { laneLoad, modelRecent } = gatewayMetrics;
    const shape = /^max\((\w+)\{(\w+)="([^"]+)"(?:,(\w+)="(?:interactive|bulk)")?\}\)$/;
    const asked = triggers.map(({ metadata }) => {
      const [, metric, first, model = "", second] = shape.exec(metadata["query"] ?? "") ?? [];
      assert.equal(registry.resolve(model).id, model);
      return [metric, first, second];
    });
    const load = [laneLoad.name, ...laneLoad.labels];
    assert.deepEqual(asked, [load, load, [modelRecent.name, ...modelRecent.labels, undefined]]);
  });

  it("takes no series for an error, and the targets of the Redis triggers", () => {
    for (const { metadata } of triggers) assert.equal(metadata["ignoreNullValues"], "false");
    assert.deepEqual(
      triggers.map(({ metadata }) => metadata["threshold"]),
      targets,
    );
  });
});

describe("keda/alternatives/http.yaml", () => {
  const path = "keda/alternatives/http.yaml";
  const triggers = triggersOf(path);

  it("reads the load of both lanes, and what is recent, of a version that there is, by the API's path", () => {
    for (const { metadata } of triggers) {
      const [, model = ""] = /\/v1\/models\/([^/]+)\/queue$/.exec(metadata["url"] ?? "") ?? [];
      assert.equal(registry.resolve(model).id, model);
    }
    const places = triggers.map(({ metadata }) => metadata["valueLocation"] ?? "");
    assert.deepEqual(places, ["interactive.load", "bulk.load", "recent"]);
    for (const place of places) assert.ok(isNumberAt(place), place);
  });

  it("has the targets of the Redis triggers", () => {
    const own = triggers.map(({ metadata }) => metadata["targetValue"]);
    assert.deepEqual(own, targets);
  });

  it("says to make a key with scopes that there are", () => {
    const named = [...readText(path).matchAll(/--scopes (\S+)/g)].flatMap(([, list = ""]) =>
      list.split(","),
    );
    assert.ok(named.length > 0);
    const known = new Set<string>(scopes);
    assert.deepEqual(
      named.filter((scope) => !known.has(scope)),
      [],
    );
  });
});

/** Triggers of all ScaledObjects in a file. */
function triggersOf(path: string): z.infer<typeof objectSchema>["spec"]["triggers"] {
  const triggers = parseAllDocuments(readText(path)).flatMap(
    (document) => objectSchema.parse(document.toJS()).spec.triggers,
  );
  assert.ok(triggers.length > 0, path);
  return triggers;
}

/** Whether the queue's answer always has a whole number at a dotted path. */
function isNumberAt(path: string): boolean {
  const nodeSchema = z.looseObject({
    type: z.string(),
    required: z.array(z.string()).default([]),
    properties: z.record(z.string(), z.unknown()).default({}),
  });
  const end = path.split(".").reduce(
    (node, name) => {
      assert.ok(node.required.includes(name), path);
      return nodeSchema.parse(node.properties[name]);
    },
    nodeSchema.parse(z.toJSONSchema(queueSchema)),
  );
  return end.type === "integer";
}
