import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { placementIn } from "../../../../worker/runner/placement.ts";

const node = (name: string, provider: string, op = "Conv", index = "1") => ({
  cat: "Node",
  name: `${name}_kernel_time`,
  args: { provider, op_name: op, node_index: index },
});
const GPU = "WebGpuExecutionProvider";
const CPU = "CPUExecutionProvider";

describe("the placement in a profile", () => {
  it("counts each node once, however often it ran, and no copy", () => {
    const profile = [
      { cat: "Session", name: "model_run", args: {} },
      node("a", GPU),
      node("a", GPU),
      node("b", GPU, "Gemm", "2"),
      node("c", CPU, "TfIdfVectorizer", "3"),
      node("copy", GPU, "MemcpyFromHost", "4"),
      { cat: "Node", name: "a_fence_before", args: { op_name: "Conv" } },
    ];
    assert.deepEqual(placementIn(JSON.stringify(profile), "webgpu"), {
      provider: "webgpu",
      nodes: { placed: 2, all: 3 },
    });
  });

  it("is the CPU when the provider has taken no node", () => {
    const profile = [node("a", CPU), node("b", CPU, "Gemm", "2")];
    assert.deepEqual(placementIn(JSON.stringify(profile), "cuda"), {
      provider: "cpu",
      nodes: { placed: 0, all: 2 },
    });
  });
});
