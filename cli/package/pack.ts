import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { CODE_ROOT } from "../../shared/installed.ts";
import { done } from "./done.ts";
import { makePackage } from "./make-package.ts";

// `npm run pack`: the npm package of this clone as a tarball, in the folder of --out, else in this one.
const { values } = parseArgs({ options: { out: { type: "string", default: "." } } });
const folder = mkdtempSync(join(tmpdir(), "scoreline-package-"));
try {
  makePackage(CODE_ROOT, folder);
  const [name] = done("npm", ["pack", "--silent", "--ignore-scripts", folder], resolve(values.out))
    .trim()
    .split("\n");
  process.stdout.write(`${join(values.out, name ?? "")}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
