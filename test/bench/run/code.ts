import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";

/** What is measured: tests and documents may change between two parts of a run. */
const MEASURED = ["gateway", "shared", "worker", "models", "package-lock.json"];

/** Tells the code of one checkout from that of another, changes that are not committed included. */
export function codeOf(root = "."): string {
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-C", root, ...args], { maxBuffer: 2 ** 30 }).toString();
  const trees = git("rev-parse", ...MEASURED.map((path) => `HEAD:${path}`));
  const changes = git("diff", "HEAD", "--", ...MEASURED);
  const added = git("status", "--porcelain", "--", ...MEASURED);
  return createHash("sha256")
    .update(trees)
    .update(changes)
    .update(added)
    .digest("hex")
    .slice(0, 12);
}
