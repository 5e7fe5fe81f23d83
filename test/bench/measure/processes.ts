import { readdirSync, readFileSync } from "node:fs";

/** When a process began, which tells it from a later one of the same number; undefined: it has ended. */
export function startOf(pid: number): string | undefined {
  const fields = statOf(pid);
  // A zombie is done: it only waits for its parent to look.
  return fields?.[0] === "Z" ? undefined : fields?.[19];
}

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
 * Processes that were started with this in their environment: also those whose parent has ended. One
 * that has given itself a title may have written it over its environment.
 */
export function pidsMarked(name: string, value: string): number[] {
  const mark = `\0${name}=${value}\0`;
  return allPids().filter((pid) => `\0${textOf(pid, "environ")}`.includes(mark));
}

/** These processes and all below them: children, their children, and so on. */
export function familyOf(pids: readonly number[]): number[] {
  const parents = new Map(allPids().map((pid) => [pid, Number(statOf(pid)?.[1])]));
  const family = new Set(pids);
  let before = 0;
  while (before < family.size) {
    before = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  return [...family];
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
