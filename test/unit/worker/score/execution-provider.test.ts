import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseConfig, ConfigError } from "../../../../shared/config.ts";
import { workerConfigSchema } from "../../../../worker/config.ts";
import {
  chooseProvider,
  CPU_ONLY,
  devicesOf,
  offerOfSlot,
  type Offer,
} from "../../../../worker/score/execution-provider.ts";

const BOTH: Offer = { providers: ["cpu", "cuda"], devices: [2, 5] };
const GPU: Offer = { providers: ["cuda"], devices: [2, 5] };

describe("the execution provider of a version", () => {
  it("is the first that it lists of those that the worker offers, in the version's order", () => {
    assert.deepEqual(chooseProvider(["cuda", "cpu"], CPU_ONLY), { name: "cpu" });
    assert.deepEqual(chooseProvider(["cuda", "cpu"], BOTH), { name: "cuda", deviceId: 2 });
    assert.deepEqual(chooseProvider(["cpu", "cuda"], BOTH), { name: "cpu" });
    assert.equal(chooseProvider(["cuda"], CPU_ONLY), undefined);
    assert.equal(chooseProvider(["cpu"], GPU), undefined);
  });

  it("is on the device that it names, and on no other", () => {
    const on = (device_id: number) => ({ name: "cuda" as const, device_id });
    assert.deepEqual(chooseProvider([on(5)], GPU), { name: "cuda", deviceId: 5 });
    assert.equal(chooseProvider([on(0)], GPU), undefined);
    assert.deepEqual(chooseProvider([on(0), "cpu"], BOTH), { name: "cpu" });
    assert.deepEqual(chooseProvider([{ name: "cuda" }], GPU), { name: "cuda", deviceId: 2 });
  });
});

describe("the offer of a worker", () => {
  it("is given to slots device by device, in turn", () => {
    const first = [0, 1, 2].map((slot) => chooseProvider(["cuda"], offerOfSlot(GPU, slot)));
    assert.deepEqual(
      first.map((provider) => provider?.name === "cuda" && provider.deviceId),
      [2, 5, 2],
    );
    assert.deepEqual(offerOfSlot(CPU_ONLY, 3), CPU_ONLY);
  });

  it("has devices to prove only with cuda", () => {
    const of = (env: Readonly<Record<string, string>>) => {
      const config = parseConfig(workerConfigSchema, env);
      return devicesOf({ providers: config.EXECUTION_PROVIDERS, devices: config.CUDA_DEVICES });
    };
    assert.deepEqual(of({}), []);
    assert.deepEqual(of({ EXECUTION_PROVIDERS: "cpu,cuda", CUDA_DEVICES: "0,1" }), [
      { name: "cuda", deviceId: 0 },
      { name: "cuda", deviceId: 1 },
    ]);
    assert.throws(() => of({ EXECUTION_PROVIDERS: "openvino" }), ConfigError);
    assert.throws(() => of({ CUDA_DEVICES: "0;1" }), ConfigError);
  });
});
