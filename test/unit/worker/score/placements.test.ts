import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLoggerTo } from "../../../../shared/log.ts";
import { Placements } from "../../../../worker/score/placements.ts";

const DEVICE = { provider: "webgpu", name: "Adapter" } as const;

function setup(shareMin = 0.9) {
  const lines: string[] = [];
  const logger = createLoggerTo(
    { write: (line) => lines.push(line) },
    { role: "w", level: "info" },
  );
  const placements = new Placements({ devices: [DEVICE], shareMin, logger });
  const load = (provider: "webgpu" | "cpu", placed: number) => ({
    ms: 1,
    placement: { provider, nodes: { placed, all: 10 } },
    wanted: { name: "webgpu" as const },
  });
  return { lines, placements, load };
}

describe("where a version's sessions run", () => {
  it("is told with the name of the GPU, in the log once", () => {
    const { lines, placements, load } = setup();
    placements.note("m@1", load("webgpu", 9));
    placements.note("m@1", load("webgpu", 9));
    assert.deepEqual(placements.tell({ "m@1": "ready", "n@1": "ready" }), {
      versions: { "m@1": "ready", "n@1": "ready" },
      devices: [DEVICE],
      runs_on: { "m@1": { provider: "webgpu", device: "Adapter", nodes: { placed: 9, all: 10 } } },
    });
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /"nodes":9,"of":10,"msg":"model is on the GPU"/);
  });

  it("is warned of when less than the stated share of its nodes is on the GPU", () => {
    const { lines, placements, load } = setup();
    placements.note("m@1", load("webgpu", 8));
    assert.equal(lines.length, 1, "never said to be on the GPU as well");
    assert.match(
      lines[0] ?? "",
      /"level":40.*"nodes":8.*only in part on the GPU.*GPU_NODES_SHARE_MIN/,
    );
  });

  it("is never said to be the GPU when no node is there, whatever share is asked for", () => {
    for (const [shareMin, level] of [
      [0.9, 40],
      [0, 30],
    ] as const) {
      const { lines, placements, load } = setup(shareMin);
      placements.note("m@1", load("cpu", 0));
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? "", new RegExp(`"level":${level}.*"msg":"model is on the CPU`));
    }
  });

  it("is the CPU when no node is on the GPU, and names no device", () => {
    const { placements, load } = setup();
    placements.note("m@1", load("cpu", 0));
    const { runs_on: told } = placements.tell({ "m@1": "ready" });
    assert.deepEqual(told, { "m@1": { provider: "cpu", nodes: { placed: 0, all: 10 } } });
    assert.deepEqual(placements.tell({}).runs_on, {});
  });
});
