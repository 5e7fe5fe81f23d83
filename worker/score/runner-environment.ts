import { COMPILE_CACHE } from "../../shared/compile-cache.ts";

/** What a runner is started with, and what it passes on to its libraries and scoring scripts. */
export type RunnerEnvironment = Readonly<Record<string, string>>;

/** What a process needs to find its programs, places and language, and to be tuned from outside. */
const NAMES: ReadonlySet<string> = new Set([
  "PATH",
  "HOME",
  "TMPDIR",
  "TMP",
  "TEMP",
  "TZ",
  "LANG",
  "LANGUAGE",
  "NODE_OPTIONS",
  "UV_THREADPOOL_SIZE",
]);

/**
 * Beginnings of names: locale and loader, GPUs and their drivers, threads and memory of the native
 * libraries. `SCRIPT_` is for whoever writes scoring scripts.
 */
const BEGINNINGS = [
  "LC_",
  "LD_",
  "CUDA_",
  "CUDNN_",
  "NVIDIA_",
  "VK_",
  "MESA_",
  "__GL_",
  "OMP_",
  "ORT_",
  "MALLOC_",
  "VIPS_",
  "SCRIPT_",
];

/** ONNX Runtime sends usage to its maker, and keeps a number for this machine, unless told not to. */
const NO_TELEMETRY = { ORT_DISABLE_TELEMETRY: "1" };

/**
 * TensorRT builds an engine for minutes at the first load of a model. onnxruntime-node has no option
 * for where it is kept; the provider itself has these, but is said to read them only where it is given
 * no options at all (docs/gpu.md).
 */
function engineCache(folder: string | undefined): RunnerEnvironment {
  if (folder === undefined || folder === "") return {};
  return { ORT_TENSORRT_ENGINE_CACHE_ENABLE: "1", ORT_TENSORRT_CACHE_PATH: folder };
}

/**
 * A list instead of everything: a runner decodes strangers' images and runs models' own code, and
 * has no use for Redis's password or the keys that stand in its worker's environment.
 *
 * @param environment the worker's or command's own; what it says of telemetry holds
 */
export function runnerEnvironment(environment: NodeJS.ProcessEnv): RunnerEnvironment {
  const kept: Record<string, string> = {
    ...COMPILE_CACHE,
    ...NO_TELEMETRY,
    ...engineCache(environment["TENSORRT_CACHE_FOLDER"]),
  };
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    if (NAMES.has(name) || BEGINNINGS.some((start) => name.startsWith(start))) kept[name] = value;
  }
  return kept;
}
