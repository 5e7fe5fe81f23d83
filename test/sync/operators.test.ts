import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { writtenObjects } from "../support/cluster-objects.ts";

const ruleSchema = z.object({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  verbs: z.array(z.string()),
});

/** All that people may do beside reading. */
const CHANGES = [
  "apps deployments/scale: patch update",
  "core pods: delete",
  "keda.sh scaledobjects: patch",
];
const READS = new Set(["get", "list", "watch"]);

const rules = writtenObjects()
  .filter(({ object }) => /^(?:Cluster)?Role$/.test(object.kind))
  .flatMap(({ object }) => z.array(ruleSchema).parse(object["rules"]));

describe("rights of people", () => {
  it("change nothing that a container of one's own would come by", () => {
    const changes = rules.flatMap(({ apiGroups, resources, verbs }) => {
      const written = verbs.filter((verb) => !READS.has(verb)).toSorted();
      if (written.length === 0) return [];
      const groups = apiGroups.map((group) => (group === "" ? "core" : group));
      return resources.map((name) => `${groups.join(" ")} ${name}: ${written.join(" ")}`);
    });
    assert.deepEqual(changes.toSorted(), CHANGES);
  });

  it("name their resources, and neither Secrets nor ways into pods", () => {
    const named = rules.flatMap(({ resources }) => resources);
    assert.ok(named.length > 5);
    const shut = /\*|secret|exec|attach|portforward|proxy|ephemeral|token/;
    assert.deepEqual(
      named.filter((name) => shut.test(name)),
      [],
    );
  });
});
