import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import type { Device } from "../../shared/device.ts";
import { StartError } from "../../shared/start-error.ts";
import type { ExecutionProvider } from "../runner/messages.ts";
import { describeDevice, deviceText, LOADER_TELLS, loaderReport } from "./devices.ts";
import { gpusOf, type Offer } from "./execution-provider.ts";
import { RunnerProcess } from "./runner-process.ts";
import type { RunnerEnvironment } from "./runner-environment.ts";
import type { RunnerHost } from "./spawn-runner.ts";

/** Of what a runner writes while it is tried, in characters. */
const HEARD_MAX = 64 * 1024;

/**
 * Has a runner, which is then ended, use everything that is offered: a worker that would run on
 * something else than it was told to must not start.
 *
 * @returns the GPUs that were found
 * @throws {StartError} naming what cannot be had, and why
 */
export async function proveOffer(offer: Offer, host: RunnerHost): Promise<readonly Device[]> {
  const devices: Device[] = [];
  for (const gpu of gpusOf(offer)) {
    const { device, reason } = await proveGpu(gpu, host);
    if (device === undefined) throw refusal(gpu, reason);
    devices.push(device);
    const { provider } = device;
    host.logger.info({ provider, device: deviceText(device) }, "GPU found");
  }
  return devices;
}

/** What came of a trial: the GPU, or why it cannot be had. */
type Proof =
  | { readonly device: Device; readonly reason?: never }
  | { readonly device?: never; readonly reason: string };

/** Runs a convolution on a GPU, in a runner of its own: the loader's words are about this one. */
export async function proveGpu(gpu: ExecutionProvider, host: RunnerHost): Promise<Proof> {
  let heard = "";
  const listen = ({ stdout, stderr }: ChildProcess): void => {
    for (const stream of [stdout, stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        if (heard.length < HEARD_MAX) heard += text;
      });
      stream?.on("error", () => {});
    }
  };
  const environment = { ...host.environment, ...LOADER_TELLS };
  const runner = new RunnerProcess({ logger: host.logger, environment, listen });
  try {
    // A library that ends the process says no as well.
    const reason = await runner.prove(gpu).catch((died: Error) => died.message);
    const loader = loaderReport(heard);
    if (reason === undefined) return { device: await describeDevice(gpu, loader) };
    const words =
      gpu.name === "webgpu" ? [...driverFaults(host.environment), ...loader.complaints] : [];
    return { reason: [withoutSource(reason), ...words].join("\n  ") };
  } finally {
    runner.kill();
  }
}

/** Where Vulkan's loader is told to look for drivers: by these alone, once one is set. */
const DRIVER_VARIABLES = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];

/** What is wrong with the paths, in words for whoever set them: the loader may say nothing of them. */
function driverFaults(environment: RunnerEnvironment): readonly string[] {
  return DRIVER_VARIABLES.flatMap((name) => {
    const paths = environment[name]?.split(delimiter).filter((path) => path !== "") ?? [];
    return paths.map((path) =>
      existsSync(path)
        ? `${name} names ${path}: no driver that can be used came of it`
        : `${name} names ${path}: there is no such file`,
    );
  });
}

/** ONNX Runtime begins with the file and the condition of its source; the last sentence is for people. */
function withoutSource(reason: string): string {
  const [, said] = /was false\. (.+)$/s.exec(reason) ?? [];
  return (said ?? reason).trim();
}

function refusal(gpu: ExecutionProvider, reason = ""): StartError {
  const device = "deviceId" in gpu ? `device ${gpu.deviceId} (CUDA_DEVICES)` : "no GPU";
  const what = "deviceId" in gpu ? `${device} cannot be used` : `${device} can be used with it`;
  return new StartError(
    `EXECUTION_PROVIDERS names ${gpu.name}, but ${what}: ${reason}\n` +
      `What ${gpu.name} needs: docs/gpu.md.`,
  );
}
