// Takes the place of onnxruntime-node in a runner: a session whose run blocks its thread, as a run on a GPU
// does, and gives zeros. How long is in the file SCRIPT_SLEEP_MS_FILE, in ms; when it began and ended is
// appended to SCRIPT_SLEEPS_FILE. All else in the runner is real.
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "onnxruntime-node"
      ? { url: new URL(import.meta.url).href, shortCircuit: true, format: "module" }
      : next(specifier, context),
});

const CLASSES = 1000;
const { SCRIPT_SLEEP_MS_FILE: sleepFile = "", SCRIPT_SLEEPS_FILE: sleepsFile = "" } = process.env;
const hold = new Int32Array(new SharedArrayBuffer(4));
const nowMs = () => performance.timeOrigin + performance.now();

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
    const beganMs = nowMs();
    const sleepMs = Number(readFileSync(sleepFile, "utf8"));
    Atomics.wait(hold, 0, 0, sleepMs);
    appendFileSync(sleepsFile, `${beganMs} ${beganMs + sleepMs}\n`);
    return { logits: new Tensor("float32", new Float32Array(rows * CLASSES), [rows, CLASSES]) };
  }

  endProfiling() {
    const args = { provider: "WebGpuExecutionProvider", node_index: "1", op_name: "Conv" };
    const event = { cat: "Node", name: "conv_kernel_time", args };
    writeFileSync(`${this.profile}_1.json`, JSON.stringify([event]));
  }

  async release() {}
}
