import { createHash } from "node:crypto";
import { cpSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { z } from "zod";
import { done } from "./done.ts";
import { runtimeLock } from "./runtime-lock.ts";
import { copyTypes } from "./types.ts";

const CODE_FOLDERS = ["cli", "gateway", "shared", "worker"];

/** What stands in the package as it is. Of models, versions alone: not what they were built from. */
const FILES = [
  `{${CODE_FOLDERS.join()}}/**/*.{css,html,js,lua,md,mjs,svg}`,
  "{LICENSE,NOTICE}",
  "{cli/package/node.json,docs/errors.md}",
  "{k8s,keda}/**",
  "models/{faq-javascript,wine,resnet152}/{default,[1-9]*/**}",
  // The small one: 5 MB. Version 1 has 18.
  "models/image-classification/{2,photos}/**",
];

/** What only a clone has a use for, and what running it leaves behind. */
const LEFT_OUT = [
  "cli/{scoreline,setup}.mjs",
  "cli/setup/{models,packages}.mjs",
  "cli/package/README.md",
  "k8s/image/Dockerfile*",
  "models/resnet152/*/*.onnx",
];

/** Texts of ours that tell a person what to type; of a stranger's package there is none in them. */
const TEXTS = new Set([".js", ".mjs", ".md", ".html", ".sh", ".yaml"]);
const TYPED = [
  ["npx scoreline", "./scoreline"],
  ["npm run setup && npm start", "./scoreline start"],
  ["npm run setup", "./scoreline start"],
  ["npm start", "./scoreline start"],
] as const;

const packageSchema = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  license: z.string(),
  engines: z.record(z.string(), z.string()),
});

/**
 * Writes what the npm package holds: our code as JavaScript, because Node takes no TypeScript below
 * `node_modules`, and all that it reads at run time. It has no dependencies of its own: the first start
 * brings in those of `lock.json`, so that no install script runs and versions are those we tested.
 *
 * @param root the clone @param folder an empty one
 */
export function makePackage(root: string, folder: string): void {
  const compiler = join(root, "node_modules/.bin/tsc");
  done(compiler, ["-p", "cli/package/tsconfig.json", "--outDir", folder], root);
  copyTypes(folder);
  for (const file of filesOf(root, FILES, LEFT_OUT)) cpSync(join(root, file), join(folder, file));
  cpSync(join(root, "cli/package/README.md"), join(folder, "README.md"));
  for (const file of filesOf(folder, ["**"]))
    if (TEXTS.has(extname(file))) adapt(join(folder, file));
  const lock = `${JSON.stringify(runtimeLock(root), null, 1)}\n`;
  writeFileSync(join(folder, "lock.json"), lock);
  const { engines, ...own } = packageSchema.parse(
    JSON.parse(readFileSync(join(root, "package.json"), "utf8")),
  );
  const manifest = {
    ...own,
    type: "module",
    bin: { scoreline: "cli/package/scoreline.mjs" },
    types: "types/worker/runner/pipelines/script/scoring-script.d.ts",
    engines,
    build: digestOf(folder),
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

function adapt(path: string): void {
  const text = readFileSync(path, "utf8");
  const adapted = TYPED.reduce((made, [clone, here]) => made.replaceAll(clone, here), text);
  if (adapted !== text) writeFileSync(path, adapted);
}

/** What tells two packages of one version apart. */
function digestOf(folder: string): string {
  const hash = createHash("sha256");
  for (const file of filesOf(folder, ["**"]))
    hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest("hex").slice(0, 12);
}

function filesOf(
  folder: string,
  patterns: readonly string[],
  exclude: readonly string[] = [],
): string[] {
  const hidden = ["**/__pycache__/**", "**/.*/**"];
  return globSync([...patterns], {
    cwd: folder,
    exclude: [...exclude, ...hidden],
    withFileTypes: true,
  })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}
