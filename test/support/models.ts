import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A folder of models with `slow-text` alone, members of its manifest changed. To be removed by who
 * asked for it.
 */
export function slowText(changes: Readonly<Record<string, unknown>>): string {
  const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  const version = join(models, "slow-text", "1");
  cpSync("test/fixtures/models/slow-text/1", version, { recursive: true });
  const path = join(version, "manifest.json");
  const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...Object(manifest), ...changes }));
  return models;
}
