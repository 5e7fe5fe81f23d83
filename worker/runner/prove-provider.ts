import { InferenceSession, Tensor } from "onnxruntime-node";
import type { ExecutionProvider } from "./messages.ts";

/**
 * A graph of one convolution: x, float32 [1, 1, 3, 3], with a kernel of ones gives y, the sum of x.
 * A convolution, because it needs cuDNN too. Made with onnx.helper, opset 13.
 */
export const ONE_CONVOLUTION = Buffer.from(
  "CAgSADqDAQoPCgF4CgF3EgF5IgRDb252EgFwKjMIAQgBCAMIAxABQgF3SiQAAIA/AACAPwAAgD8AAIA/AACAPwAAgD8" +
    "AAIA/AACAPwAAgD9aGwoBeBIWChQIARIQCgIIAQoCCAEKAggDCgIIA2IbCgF5EhYKFAgBEhAKAggBCgIIAQoCCAEKAg" +
    "gBQgQKABAN",
  "base64",
);

const VALUES = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const SUM = 45;

/**
 * Runs a convolution where it is asked to, and nowhere else: ONNX Runtime would fall back to the CPU
 * without a word.
 *
 * @throws saying what is missing
 */
export async function proveProvider(provider: ExecutionProvider): Promise<void> {
  const session = await InferenceSession.create(ONE_CONVOLUTION, {
    executionProviders: [provider],
    logSeverityLevel: 4,
    extra: { session: { disable_cpu_ep_fallback: "1" } },
  });
  const x = new Tensor("float32", Float32Array.from(VALUES), [1, 1, 3, 3]);
  const { y } = await session.run({ x });
  await session.release();
  if (y?.data[0] !== SUM) throw new Error(`a sum of ${SUM} came out as ${String(y?.data[0])}`);
}
