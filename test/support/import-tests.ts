import { globSync } from "node:fs";
import { join } from "node:path";

/** Has this process run the tests of all files below a folder, in the order of their names. */
export async function importTests(folder: string): Promise<void> {
  for (const file of globSync("**/*.test.ts", { cwd: folder }).toSorted()) {
    await import(join(folder, file));
  }
}
