import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { objectsOf, podOf, type ClusterObject } from "../support/cluster-objects.ts";
import { findKubernetesValidate, findKustomize, runTool } from "../support/cluster-tools.ts";
import { podFaults } from "../support/pod-policy.ts";
import { ROOT } from "../sync/support/repository.ts";

const kustomize = findKustomize();
const validate = findKubernetesValidate();
const skip =
  (kustomize === undefined && "there is neither kustomize nor kubectl") ||
  (validate === undefined && "there is no kubernetes-validate, and PyPI is out of reach");

const MAKES = [
  ["gpu-amd", "amd.com/gpu"],
  ["gpu-intel", "gpu.intel.com/i915"],
] as const;

/** What is done with the pool of GPU workers, of one make, in a folder that is removed afterwards. */
function withPool(component: string, check: (text: string, folder: string) => void): void {
  // kustomize takes in nothing by an absolute path: the folder has to be in the repository.
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".cache/pool-"));
  try {
    const components = ["worker-gpu", component].map((name) => `../../k8s/components/${name}`);
    writeFileSync(join(folder, "kustomization.yaml"), JSON.stringify({ components }));
    assert.ok(kustomize !== undefined);
    const { isGood, out, err } = runTool(kustomize, [relative(ROOT, folder)]);
    assert.ok(isGood, err);
    check(out, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isValid(text: string, folder: string): { isGood: boolean; said: string } {
  const file = join(folder, "pool.yaml");
  writeFileSync(file, text);
  assert.ok(validate !== undefined);
  const { isGood, out, err } = runTool(validate, ["--kubernetes-version", "1.37.0", file]);
  return { isGood, said: out + err };
}

const podSchema = z.looseObject({ tolerations: z.unknown() });

describe("a pool of GPUs that are not NVIDIA's", () => {
  for (const [component, resource] of MAKES) {
    it(`has one of them a pod, by ${component}, once it is told who may open it`, { skip }, () => {
      withPool(component, (text, folder) => {
        const unfilled = isValid(text, folder);
        assert.ok(!unfilled.isGood);
        assert.match(unfilled.said, /GROUP_OF_RENDER/);
        const filled = text.replace("GROUP_OF_RENDER", "105");
        const { isGood, said } = isValid(filled, folder);
        assert.ok(isGood, said);
        const isPool = ({ kind }: ClusterObject): boolean => kind === "Deployment";
        const [pod] = objectsOf(filled)
          .filter(isPool)
          .map((object) => podOf(object)?.pod);
        assert.ok(pod !== undefined);
        assert.deepEqual(podFaults(pod), []);
        const limits = Object.entries(pod.containers[0]?.resources.limits ?? {});
        assert.deepEqual(
          limits.filter(([name]) => name.includes("/")),
          [[resource, "1"]],
        );
        const wanted = [{ key: resource, operator: "Exists", effect: "NoSchedule" }];
        assert.deepEqual(podSchema.parse(pod).tolerations, wanted);
      });
    });
  }
});
