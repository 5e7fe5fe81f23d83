import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { describe, it } from "node:test";
import { cpuLimit, parseCfs, parseCpuMax } from "../../../../worker/score/cpu-limit.ts";

describe("CPU limit", () => {
  it("is read from control groups of both versions", () => {
    assert.equal(parseCpuMax("150000 100000\n"), 1.5);
    assert.equal(parseCpuMax("max 100000\n"), undefined);
    assert.equal(parseCpuMax(undefined), undefined);
    assert.equal(parseCfs("-1\n", "100000\n"), undefined);
    assert.equal(parseCfs("400000\n", "100000\n"), 4);
  });

  it("is whole, at least one, and never more than the machine has", () => {
    const of = (cpuMax: string): number =>
      cpuLimit((path) => (path.endsWith("cpu.max") ? cpuMax : undefined));
    assert.equal(of("50000 100000"), 1);
    assert.equal(of("199999 100000"), 1);
    assert.equal(of("99900000 100000"), availableParallelism());
    assert.equal(of("max 100000"), availableParallelism());
  });
});
