import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Tells one process from a later one that was given the same pid: the boot it belongs to and the
 * moment it started. A zombie counts as gone, since it can neither work nor be signalled.
 *
 * @returns null when no such process lives
 */
export function processIdentity(pid: number): string | null {
  return process.platform === "linux" ? identityFromProc(pid) : identityFromPs(pid);
}

/**
 * The state letter and the start time, in clock ticks since boot, of a `/proc/<pid>/stat` line. The
 * command in parentheses may hold spaces and parentheses, so counting starts behind the last one.
 */
export function parseStat(stat: string): { state: string; startTicks: string } | null {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  const startTicks = fields[19];
  return state === undefined || startTicks === undefined ? null : { state, startTicks };
}

function identityFromProc(pid: number): string | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  const parsed = stat === null ? null : parseStat(stat);
  if (parsed === null || parsed.state === "Z" || parsed.state === "X") return null;
  // Ticks count from boot, so the same pid and ticks may come back after a reboot.
  const boot = readOrNull("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
  return `${boot}:${parsed.startTicks}`;
}

function identityFromPs(pid: number): string | null {
  const ps = spawnSync("ps", ["-o", "state=,lstart=", "-p", String(pid)], {
    encoding: "utf8",
    env: { PATH: "/bin:/usr/bin", LC_ALL: "C" },
    timeout: 5000,
  });
  const [state, ...started] = ps.stdout.trim().split(/\s+/);
  if (ps.status !== 0 || state === undefined || state.startsWith("Z")) return null;
  return started.join(" ");
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Gone between two looks, or hidden from us: in both cases not ours to signal.
    return null;
  }
}
