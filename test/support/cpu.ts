import { readFileSync } from "node:fs";

/** Ticks in which the kernel counts, a second; the same on every Linux we know. */
const TICKS_PER_SECOND = 100;

/** CPU time that a process has used so far, of all its threads, in seconds. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name of the program, which may hold blanks, ends with the last bracket.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
