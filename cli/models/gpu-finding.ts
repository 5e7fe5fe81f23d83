import { existsSync, readdirSync } from "node:fs";
import { z } from "zod";
import { parseConfig } from "../../shared/config.ts";
import { deviceText } from "../../worker/score/devices.ts";
import { gpusOf } from "../../worker/score/execution-provider.ts";
import { offerSettings } from "../../worker/score/offer-settings.ts";
import { proveGpu } from "../../worker/score/prove-offer.ts";
import { commandHost } from "./command-host.ts";

/** Where drivers of Vulkan say that they are there. */
const DRIVER_FOLDERS = [
  "/etc/vulkan/icd.d",
  "/usr/share/vulkan/icd.d",
  "/usr/local/share/vulkan/icd.d",
];

export interface GpuFinding {
  readonly state: "ok" | "note" | "bad";
  readonly text: string;
}

/**
 * The GPUs that workers started here would offer, each tried as a worker tries it; where they would
 * offer none, one that they could. Nothing where there is no sign of a GPU: a trial takes a second.
 */
export async function gpuFindings(environment: NodeJS.ProcessEnv): Promise<readonly GpuFinding[]> {
  const { EXECUTION_PROVIDERS: providers, CUDA_DEVICES: devices } = parseConfig(
    z.object(offerSettings),
    environment,
  );
  const wanted = gpusOf({ providers, devices });
  if (wanted.length === 0) return hasDriver(environment) ? unusedFindings() : [];
  const findings: GpuFinding[] = [];
  for (const gpu of wanted) {
    const { device, reason = "" } = await proveGpu(gpu, commandHost());
    findings.push(
      device === undefined
        ? { state: "bad", text: `${gpu.name}: ${oneLine(reason)}; see docs/gpu.md` }
        : { state: "ok", text: `${gpu.name}: ${deviceText(device)}` },
    );
  }
  return findings;
}

async function unusedFindings(): Promise<readonly GpuFinding[]> {
  const { device } = await proveGpu({ name: "webgpu" }, commandHost());
  if (device === undefined) return [];
  const text = `${deviceText(device)} is not used: EXECUTION_PROVIDERS=webgpu,cpu npm start`;
  return [{ state: "note", text }];
}

function hasDriver({ VK_DRIVER_FILES, VK_ICD_FILENAMES }: NodeJS.ProcessEnv): boolean {
  if (VK_DRIVER_FILES || VK_ICD_FILENAMES) return true;
  return DRIVER_FOLDERS.some((folder) => existsSync(folder) && readdirSync(folder).length > 0);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
