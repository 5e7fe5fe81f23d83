import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run, say, SetupError } from "./terminal.mjs";

/**
 * Installs the locked npm packages, unless the last set-up did so from the same lockfile, and makes
 * sure that the pinned Node.js runs.
 *
 * @param {string} root the repository's folder
 * @param {NodeJS.ProcessEnv} environment
 * @throws {SetupError} saying what to do
 */
export function installPackages(root, environment) {
  const npm = npmIn(root, environment);
  const stamp = join(root, "node_modules", ".scoreline-setup");
  const wanted = fingerprint(root);
  const isCurrent = readOrNull(stamp) === wanted;
  if (!isCurrent) {
    installWith(npm);
    writeFileSync(stamp, wanted);
  }
  if (!pinnedNodeRuns(root)) rebuildNode(npm, root);
  say("packages", `${isCurrent ? "up to date" : "installed"}; Node.js ${pinnedVersion(root)}`);
}

/** What the contents of node_modules depend on; a folder copied to another machine must not count. */
function fingerprint(root) {
  const lock = readFileSync(join(root, "package-lock.json"));
  return `${createHash("sha256").update(lock).digest("hex")} ${process.platform} ${process.arch}\n`;
}

/**
 * npm as the machine has it. Under `npm run` the PATH begins with node_modules/.bin, whose node
 * `npm ci` is about to remove.
 */
function npmIn(root, environment) {
  const own = join(root, "node_modules", ".bin");
  const path = (environment.PATH ?? "").split(delimiter).filter((folder) => folder !== own);
  const env = {
    ...environment,
    PATH: path.join(delimiter),
    // Its install script downloads CUDA libraries, which only the GPU image wants.
    ONNXRUNTIME_NODE_INSTALL: "skip",
    // A dependency of Swagger UI would report each installation.
    SCARF_ANALYTICS: "false",
  };
  return (args, stdio) => run("npm", args, { cwd: root, env, stdio });
}

function installWith(npm) {
  const { ok: hasNpm, output: version } = npm(["--version"], ["ignore", "pipe", "ignore"]);
  if (!hasNpm) throw new SetupError("there is no npm in the PATH: install npm 9 or newer");
  say("packages", `installing with npm ${version} ci (a minute or two)`);
  const { ok, output } = npm(
    ["ci", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"],
    ["ignore", "pipe", "inherit"],
  );
  if (ok) return;
  process.stderr.write(`${output}\n`);
  throw new SetupError("`npm ci` failed (see above). Mend that and run `npm run setup` again");
}

/** npm leaves install scripts out when it is told to (`ignore-scripts`), and newer ones by default. */
function rebuildNode(npm, root) {
  say("packages", "the pinned Node.js is not there yet: running npm rebuild node");
  const { output } = npm(["rebuild", "node", "--loglevel=error"], ["ignore", "pipe", "pipe"]);
  if (pinnedNodeRuns(root)) return;
  process.stderr.write(`${output}\n`);
  throw new SetupError(
    "npm did not run the install script of the package `node`, which fetches the pinned Node.js " +
      `${pinnedVersion(root)}. Allow this one script, then set up again:\n` +
      "  npm rebuild node --ignore-scripts=false && npm run setup",
  );
}

function pinnedNodeRuns(root) {
  const node = join(root, "node_modules", ".bin", "node");
  if (!existsSync(node)) return false;
  const { ok, output } = run(node, ["--version"], { stdio: ["ignore", "pipe", "ignore"] });
  return ok && output === `v${pinnedVersion(root)}`;
}

function pinnedVersion(root) {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return lock.packages["node_modules/node"].version;
}

function readOrNull(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}
