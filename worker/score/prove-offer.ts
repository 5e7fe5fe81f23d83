import { StartError } from "../../shared/start-error.ts";
import { devicesOf, type Offer } from "./execution-provider.ts";
import { RunnerProcess } from "./runner-process.ts";
import type { RunnerHost } from "./spawn-runner.ts";

/**
 * Has a runner, which is then ended, use everything that is offered: a worker that would run on
 * something else than it was told to must not start.
 *
 * @throws {StartError} naming what cannot be had, and why
 */
export async function proveOffer(offer: Offer, host: RunnerHost): Promise<void> {
  const devices = devicesOf(offer);
  if (devices.length === 0) return;
  const runner = new RunnerProcess(host);
  try {
    for (const provider of devices) {
      // A library that ends the process says no as well.
      const reason = await runner.prove(provider).catch((died: Error) => died.message);
      if (reason !== undefined) throw refusal(provider.deviceId, reason);
    }
  } finally {
    runner.kill();
  }
}

function refusal(deviceId: number, reason: string): StartError {
  return new StartError(
    `EXECUTION_PROVIDERS names cuda, but device ${deviceId} (CUDA_DEVICES) cannot be used: ${reason}\n` +
      'ONNX Runtime names the cause above. What CUDA needs: docs/configuration.md, "A GPU".',
  );
}
