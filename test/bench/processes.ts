import { readdirSync, readFileSync } from "node:fs";

/** Seconds of CPU since the process began, of one process; a process that has ended has none. */
export function cpuSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  } catch {
    return 0;
  }
}

/** Linux tells user space of hundredths of a second, whatever its own clock is. */
const TICKS_A_SECOND = 100;

/**
 * Seconds of CPU since boot that were spent on anything, and that the host took away: whatever of
 * it is not our processes' disturbs a measurement.
 */
export function machineSeconds(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user, nice, system, , , irq, softIrq, steal] = line.trim().split(/\s+/).slice(1);
  const ticks = [user, nice, system, irq, softIrq, steal].reduce((sum, it) => sum + Number(it), 0);
  return ticks / TICKS_A_SECOND;
}

/** Processes whose parent is this one. */
export function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
