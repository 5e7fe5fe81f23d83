// A process of its own: images a second of a graph in a bare session, by batch. One JSON line a batch.
//   node raw.ts FILE PROVIDER DEVICE THREADS SECONDS BATCH...
import { InferenceSession, Tensor } from "onnxruntime-node";

const SIDE = 224;
const [path = "", name = "", device = "", threads = "", seconds = "", ...batches] =
  process.argv.slice(2);
const executionProviders = [device === "" ? { name } : { name, deviceId: Number(device) }];
const session = await InferenceSession.create(path, {
  executionProviders,
  graphOptimizationLevel: "all",
  logSeverityLevel: 4,
  intraOpNumThreads: Number(threads),
});
for (const size of batches.map(Number)) {
  const pixels = new Float32Array(size * 3 * SIDE * SIDE).map((_, i) => ((i * 7919) % 255) / 255);
  const data = new Tensor("float32", pixels, [size, 3, SIDE, SIDE]);
  await session.run({ data }); // compiles kernels for this shape
  const startMs = performance.now();
  let runs = 0;
  while (runs === 0 || performance.now() - startMs < Number(seconds) * 1000) {
    await session.run({ data });
    runs += 1;
  }
  const perSecond = (runs * size * 1000) / (performance.now() - startMs);
  process.stdout.write(`${JSON.stringify({ batch: size, perSecond })}\n`);
}
