import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { basename } from "node:path";
import { promisify } from "node:util";
import type { Device } from "../../shared/device.ts";
import type { ExecutionProvider } from "../runner/messages.ts";

/** Has Vulkan's loader say on stderr which device it opens, and what goes wrong. */
export const LOADER_TELLS = { VK_LOADER_DEBUG: "error,warn,driver" } as const;

const MIB = 1024 * 1024;
const TOOL_MS = 5000;

/** What Vulkan's loader wrote while a device was opened. */
export interface LoaderReport {
  /** The device that was opened last. */
  readonly device?: { readonly name: string; readonly driver: string } | undefined;
  /** What it complained of. */
  readonly complaints: readonly string[];
}

/** @param text what it wrote on stderr, told as `LOADER_TELLS` tells it */
export function loaderReport(text: string): LoaderReport {
  const lines = text.split("\n");
  const opened = lines.flatMap((line) => {
    const [, name, library] = /\bUsing "(.+)" with driver: "(.+)"/.exec(line) ?? [];
    return name === undefined || library === undefined ? [] : [{ name, driver: basename(library) }];
  });
  const complaints = lines.flatMap((line) => {
    if (!/^(?:ERROR|WARNING|Warning)\b/.test(line)) return [];
    return line.slice(line.indexOf(":") + 1).trim();
  });
  return { device: opened.at(-1), complaints: [...new Set(complaints)] };
}

/** What `nvidia-smi` says of one GPU. */
interface NvidiaGpu {
  readonly number: number;
  readonly name: string;
  readonly driver: string;
  readonly memoryBytes: number | undefined;
}

const NVIDIA_QUERY = [
  "--query-gpu=index,name,driver_version,memory.total",
  "--format=csv,noheader",
];

/** @param csv what `nvidia-smi` answers to our query: `0, NVIDIA L4, 550.54.15, 23034 MiB` */
export function nvidiaGpus(csv: string): readonly NvidiaGpu[] {
  return csv.split("\n").flatMap((line) => {
    const [number = "", name = "", driver = "", memory = ""] = line
      .split(",")
      .map((it) => it.trim());
    if (!/^\d+$/.test(number) || name === "") return [];
    const [, mib] = /^(\d+) MiB$/.exec(memory) ?? [];
    const memoryBytes = mib === undefined ? undefined : Number(mib) * MIB;
    return [{ number: Number(number), name, driver, memoryBytes }];
  });
}

/**
 * A GPU that has been proven. Its name is the driver's own; where nobody tells it, it says so.
 *
 * @param loader what Vulkan's loader wrote; of CUDA's devices nothing
 */
export async function describeDevice(
  provider: ExecutionProvider,
  loader: LoaderReport,
): Promise<Device> {
  const known = await readNvidia();
  if (provider.name === "cuda" || provider.name === "tensorrt") {
    const number = provider.deviceId;
    const own = known.find((gpu) => gpu.number === number);
    return { provider: provider.name, number, ...ofNvidia(own, `CUDA device ${number}`) };
  }
  const { device } = loader;
  // Metal names no device; a Mac has the GPU of its chip.
  if (device === undefined) return { provider: provider.name, name: chipName() };
  const own = known.find(({ name }) => device.name.includes(name));
  const { name, driver } = device;
  if (own !== undefined) return { provider: provider.name, ...ofNvidia(own, name) };
  const version = await readDriverVersion(name);
  return { provider: provider.name, name, driver: version ?? driver };
}

function ofNvidia(gpu: NvidiaGpu | undefined, unknown: string): Omit<Device, "provider"> {
  if (gpu === undefined) return { name: unknown };
  const { name, driver, memoryBytes } = gpu;
  return { name, driver, ...(memoryBytes === undefined ? {} : { memory_bytes: memoryBytes }) };
}

/** None where there is no such program. */
async function readNvidia(): Promise<readonly NvidiaGpu[]> {
  try {
    const { stdout } = await promisify(execFile)("nvidia-smi", NVIDIA_QUERY, { timeout: TOOL_MS });
    return nvidiaGpus(stdout);
  } catch {
    return [];
  }
}

/** The kernel's module of an NVIDIA GPU, where `nvidia-smi` is not at hand. */
async function readDriverVersion(device: string): Promise<string | undefined> {
  if (!device.includes("NVIDIA")) return undefined;
  return readFile("/sys/module/nvidia/version", "utf8").then(
    (text) => text.trim(),
    () => undefined,
  );
}

function chipName(): string {
  const [first] = cpus();
  return process.platform === "darwin" && first !== undefined
    ? `Metal on ${first.model}`
    : "a GPU without a name";
}

/** In a sentence: `NVIDIA L4 (driver 550.54.15, 23034 MiB)`. */
export function deviceText({ name, driver, memory_bytes: bytes }: Device): string {
  const facts = [
    ...(driver === undefined ? [] : [`driver ${driver}`]),
    ...(bytes === undefined ? [] : [`${Math.round(bytes / MIB)} MiB`]),
  ];
  return facts.length === 0 ? name : `${name} (${facts.join(", ")})`;
}
