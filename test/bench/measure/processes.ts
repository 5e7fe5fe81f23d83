import { readdirSync, readFileSync } from "node:fs";

/** Seconds of CPU since the process began, of one process; a process that has ended has none. */
export function cpuSeconds(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0)) / TICKS_A_SECOND;
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

/** Bytes of memory that a process has now; 0 when it has ended. */
export function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096;
  } catch {
    return 0;
  }
}

/** Processes whose parent is this one. */
export function childrenOf(parent: number): number[] {
  return allPids().filter((pid) => Number(statOf(pid)?.[1]) === parent);
}

/**
 * Processes that have this in their environment: also those whose parent has ended, or who made
 * themselves a session of their own.
 */
export function pidsMarked(name: string, value: string): number[] {
  const mark = `\0${name}=${value}\0`;
  return allPids().filter((pid) => `\0${textOf(pid, "environ")}`.includes(mark));
}

/** The command line of a process, its words with blanks between them. */
export function commandOf(pid: number): string {
  return textOf(pid, "cmdline").replaceAll("\0", " ").trim();
}

function allPids(): number[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/** What comes behind the name of the program, which may hold blanks; undefined when it has ended. */
function statOf(pid: number): readonly string[] | undefined {
  const stat = textOf(pid, "stat");
  return stat === "" ? undefined : stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function textOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
