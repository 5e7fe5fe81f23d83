import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/**
 * Cores this process may use: the smaller of what the scheduler offers and the control group's
 * quota, 1 at least. ONNX Runtime itself would count the host's cores.
 */
export function cpuLimit(readFile: (path: string) => string | undefined = readIfThere): number {
  const quota =
    parseCpuMax(readFile("/sys/fs/cgroup/cpu.max")) ??
    parseCfs(
      readFile("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
      readFile("/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
    );
  return Math.max(1, Math.floor(Math.min(availableParallelism(), quota ?? Infinity)));
}

/** cgroup v2: `<quota> <period>` in µs, or `max <period>`. @returns cores, undefined for no limit */
export function parseCpuMax(text: string | undefined): number | undefined {
  const [quota, period] = text?.trim().split(/\s+/) ?? [];
  return quota === "max" ? undefined : parseCfs(quota, period);
}

/** cgroup v1: two files, in µs; a quota of -1 is no limit. */
export function parseCfs(
  quota: string | undefined,
  period: string | undefined,
): number | undefined {
  const cores = Number(quota) / Number(period);
  return Number.isFinite(cores) && cores > 0 ? cores : undefined;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
