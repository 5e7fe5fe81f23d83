import type { Device } from "../../shared/device.ts";
import { EXECUTION_PROVIDERS } from "../../shared/execution-providers.ts";
import { proveGpu } from "../../worker/score/prove-offer.ts";
import { CommandError, UsageError } from "../terminal/command.ts";
import { commandHost } from "./command-host.ts";

/** Of NVIDIA's: the one that is tried. */
export const FIRST_DEVICE = 0;

/**
 * The GPU that `--provider` asks for; undefined: the CPU.
 *
 * @throws {UsageError} when there is no such provider @throws {CommandError} when it cannot be had
 */
export async function gpuFor(asked: string): Promise<Device | undefined> {
  const name = EXECUTION_PROVIDERS.find((one) => one === asked);
  if (name === undefined) {
    throw new UsageError(`--provider is one of ${EXECUTION_PROVIDERS.join(", ")}`);
  }
  if (name === "cpu") return undefined;
  const wanted = name === "webgpu" ? { name } : { name, deviceId: FIRST_DEVICE };
  const { device, reason } = await proveGpu(wanted, commandHost());
  if (device !== undefined) return device;
  throw new CommandError(`${name} cannot be used: ${reason}\nWhat ${name} needs: docs/gpu.md`);
}
