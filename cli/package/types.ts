import { cpSync, globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What a scoring script of a model is written against. */
const ENTRY = "worker/runner/pipelines/script/scoring-script.d.ts";

/** Of all emitted types, puts those into `types` that a person who writes a scoring script can see. */
export function copyTypes(folder: string): void {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(join(folder, file), "utf8");
    for (const [, to = ""] of text.matchAll(/(?:from |import\()"(\.[^"]+)\.ts"/g))
      visit(`${join(file, "..", to)}.d.ts`);
    cpSync(join(folder, file), join(folder, "types", file));
  };
  visit(ENTRY);
  for (const file of globSync("{cli,gateway,shared,worker}/**/*.d.ts", { cwd: folder }))
    rmSync(join(folder, file));
}
