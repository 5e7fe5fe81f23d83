import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { processIdentity } from "./process-identity.ts";

const entrySchema = z.object({
  name: z.string(),
  pid: z.int().positive(),
  identity: z.string(),
});
const tableSchema = z.object({ v: z.literal(1), processes: z.array(entrySchema) });

/** One process that a launcher started, as it is written down for the next launcher. */
export type ProcessEntry = z.infer<typeof entrySchema>;

/**
 * `processes.json` in the data folder: what runs on behalf of this folder. Written at once after
 * every spawn, so that a launcher that is killed leaves a list of its orphans.
 */
export class ProcessTable {
  readonly #path: string;
  readonly #entries = new Map<string, ProcessEntry>();

  constructor(path: string) {
    this.#path = path;
  }

  /** Writes down that `name` now runs as `pid`; a process that is already gone is not entered. */
  enter(name: string, pid: number): void {
    const identity = processIdentity(pid);
    if (identity === null) return;
    this.#entries.set(name, { name, pid, identity });
    this.#write();
  }

  remove(name: string): void {
    if (this.#entries.delete(name)) this.#write();
  }

  /** Removes the file; for a launcher whose children have all ended. */
  erase(): void {
    this.#entries.clear();
    rmSync(this.#path, { force: true });
  }

  #write(): void {
    const table = { v: 1, processes: [...this.#entries.values()] };
    const draft = `${this.#path}.new`;
    writeFileSync(draft, `${JSON.stringify(table, null, 2)}\n`, { mode: 0o600 });
    renameSync(draft, this.#path);
  }
}

/** The processes an earlier launcher left in the table; none when there is no readable table. */
export function readProcessTable(path: string): readonly ProcessEntry[] {
  try {
    return tableSchema.parse(JSON.parse(readFileSync(path, "utf8"))).processes;
  } catch {
    return [];
  }
}
