import { readFileSync } from "node:fs";
import { join } from "node:path";
import { manifestSchema, type Manifest } from "../../shared/model/manifest.ts";
import { runBatch, type BatchOutcome } from "../../worker/runner/run-batch.ts";
import { Sessions } from "../../worker/runner/sessions.ts";

const sessions = new Sessions();

export function readManifest(folder: string): Manifest {
  return manifestSchema.parse(JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")));
}

/** Rows through the runner's own code, as one batch. */
export async function runRows(folder: string, rows: readonly Buffer[]): Promise<BatchOutcome> {
  const loaded = await sessions.load(folder);
  if (loaded.type === "load_failed") throw new Error(loaded.reason);
  return runBatch(
    await sessions.get(folder),
    rows,
    rows.map(() => ({})),
  );
}
