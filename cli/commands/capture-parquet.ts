import { existsSync, statSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { kinds, writeParquet } from "../capture/parquet.ts";
import { CommandError, type Command } from "../terminal/command.ts";

const LINES = ".ndjson";
const HOUR_MS = 3_600_000;

/** `capture parquet`: what endpoints have captured, as Parquet. */
export const captureParquet: Command = {
  name: "capture parquet",
  usage: "FOLDER",
  summary: "Writes what endpoints have captured as Parquet.",
  about: `FOLDER is CAPTURE_FOLDER, or a folder within it. Each file of lines becomes a
file of the same name, ending in .parquet, with a column for each member; those
of any shape, such as input and output, are JSON. Left alone are files that are
there and not older than their lines, and lines of the hour that is not over.`,
  options: {
    "--out FOLDER": "writes into this folder instead, by the same paths",
    "--all": "also lines of the hour that is not over",
    "--json": `a line for each file: {"file": "...", "rows": 12}`,
  },
  examples: ["capture parquet /var/lib/scoreline/captured --out parquet"],
  async run({ words: [folder = ""], flags }, shell) {
    const out = typeof flags["out"] === "string" ? flags["out"] : folder;
    const lines = await filesOfLines(folder);
    if (lines.length === 0) throw new CommandError(`${folder} has no captured lines`);
    let written = 0;
    for (const path of lines) {
      const [source, target] = [
        join(folder, path),
        join(out, path.replace(/\.ndjson$/, ".parquet")),
      ];
      if (flags["all"] !== true && !isOver(source)) continue;
      if (existsSync(target) && statSync(target).mtimeMs >= statSync(source).mtimeMs) continue;
      await mkdir(dirname(target), { recursive: true });
      const rows = await writeParquet(source, target, kindOf(source));
      written += 1;
      const told =
        flags["json"] === true ? JSON.stringify({ file: target, rows }) : `${target}  ${rows} rows`;
      shell.print(told);
    }
    shell.notes.write(
      `${written} of ${lines.length} files written; the others were, or may still grow\n`,
    );
  },
};

/** @throws {CommandError} */
async function filesOfLines(folder: string): Promise<readonly string[]> {
  try {
    const all = await readdir(folder, { recursive: true });
    return all
      .filter((path) => path.endsWith(LINES) && kindOf(join(folder, path)) !== "")
      .toSorted();
  } catch (cause) {
    throw new CommandError(`${folder} cannot be read`, { cause });
  }
}

/** The name of the folder above its day, or "" for what is no captured file. */
function kindOf(path: string): string {
  return path.split("/").find((part) => kinds.includes(part)) ?? "";
}

/** Whether no more lines come: `…/2026/11/29/14-<courier>.ndjson`, in UTC. */
function isOver(path: string): boolean {
  const [year, month, day] = dirname(path).split("/").slice(-3).map(Number);
  const hour = Number.parseInt(basename(path), 10);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour) + HOUR_MS <= Date.now();
}
