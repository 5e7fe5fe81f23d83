import { spawnSync } from "node:child_process";

/** Runs a program to its end. @returns what it printed @throws with what it said when it fails */
export function done(program: string, args: readonly string[], cwd: string): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stdout + stderr}`);
}
