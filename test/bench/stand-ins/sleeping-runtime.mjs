// Takes the place of onnxruntime-node in a runner: a session whose run blocks its thread for as long as
// SCRIPT_SLEEP_MS says, as a run on a GPU does, and gives zeros. All else in the runner is real.
import { registerHooks } from "node:module";
import { writeFileSync } from "node:fs";

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "onnxruntime-node"
      ? { url: new URL(import.meta.url).href, shortCircuit: true, format: "module" }
      : next(specifier, context),
});

const CLASSES = 1000;
const SLEEP_MS = Number(process.env.SCRIPT_SLEEP_MS ?? "0");
const hold = new Int32Array(new SharedArrayBuffer(4));

export class Tensor {
  location = "cpu";

  constructor(type, data, dims) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

export class InferenceSession {
  inputMetadata = [{ name: "image", isTensor: true, type: "uint8", shape: ["batch", 224, 224, 3] }];
  outputMetadata = [{ name: "logits", isTensor: true, type: "float32", shape: ["batch", CLASSES] }];

  static async create(_path, options) {
    return new InferenceSession(options);
  }

  constructor({ profileFilePrefix }) {
    this.profile = profileFilePrefix;
  }

  /** As onnxruntime-node: the run begins with a turn of the loop, and then blocks it. */
  async run({ image }) {
    const [rows] = image.dims;
    await new Promise((resolve) => setImmediate(resolve));
    Atomics.wait(hold, 0, 0, SLEEP_MS);
    return { logits: new Tensor("float32", new Float32Array(rows * CLASSES), [rows, CLASSES]) };
  }

  endProfiling() {
    const args = { provider: "WebGpuExecutionProvider", node_index: "1", op_name: "Conv" };
    const event = { cat: "Node", name: "conv_kernel_time", args };
    writeFileSync(`${this.profile}_1.json`, JSON.stringify([event]));
  }

  async release() {}
}
