import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseConfig, ConfigError } from "../../../../shared/config.ts";
import { workerConfigSchema } from "../../../../worker/config.ts";
import {
  chooseProvider,
  CPU_ONLY,
  gpuCount,
  gpusOf,
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

  it("may be WebGPU, which takes no device", () => {
    const offer: Offer = { providers: ["webgpu", "cpu"], devices: [0] };
    assert.deepEqual(chooseProvider(["tensorrt", "webgpu", "cpu"], offer), { name: "webgpu" });
    assert.deepEqual(chooseProvider(["tensorrt"], { ...GPU, providers: ["tensorrt"] }), {
      name: "tensorrt",
      deviceId: 2,
    });
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
      first.map(
        (provider) => provider !== undefined && "deviceId" in provider && provider.deviceId,
      ),
      [2, 5, 2],
    );
    assert.deepEqual(offerOfSlot(CPU_ONLY, 3), CPU_ONLY);
  });

  const offerIn = (env: Readonly<Record<string, string>>): Offer => {
    const config = parseConfig(workerConfigSchema, env);
    return { providers: config.EXECUTION_PROVIDERS, devices: config.CUDA_DEVICES };
  };

  it("has GPUs to prove: every device of NVIDIA's providers, and the one adapter of WebGPU", () => {
    assert.deepEqual(gpusOf(offerIn({})), []);
    const env = { EXECUTION_PROVIDERS: "cpu, webgpu,tensorrt,cuda", CUDA_DEVICES: "0,1" };
    assert.deepEqual(gpusOf(offerIn(env)), [
      { name: "webgpu" },
      { name: "tensorrt", deviceId: 0 },
      { name: "tensorrt", deviceId: 1 },
      { name: "cuda", deviceId: 0 },
      { name: "cuda", deviceId: 1 },
    ]);
  });

  it("has a slot for each GPU, however many providers it has", () => {
    assert.equal(gpuCount(offerIn({})), 0);
    assert.equal(gpuCount(offerIn({ EXECUTION_PROVIDERS: "webgpu,cpu" })), 1);
    const env = { EXECUTION_PROVIDERS: "tensorrt,cuda,webgpu", CUDA_DEVICES: "0,1,2" };
    assert.equal(gpuCount(offerIn(env)), 3);
  });

  it("is refused with a provider that there is not, with those that there are", () => {
    assert.throws(
      () => offerIn({ EXECUTION_PROVIDERS: "openvino" }),
      (error) => error instanceof ConfigError && /cpu, webgpu, cuda, tensorrt/.test(error.message),
    );
    assert.throws(() => offerIn({ CUDA_DEVICES: "0;1" }), ConfigError);
  });
});
