import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { run, SetupError } from "../setup/terminal.mjs";

const PACKAGE = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Copies the package to a place of its own in the user's cache, once for all folders, and has npm put
 * what it needs beside it: by the lockfile, with checksums, and without a single install script.
 * (onnxruntime-node's own would download CUDA libraries, and fail offline; nobody can tell it not to
 * from a dependency.)
 *
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string} the folder that holds all of it
 * @throws {SetupError} saying what to do
 */
export function install(environment) {
  const { version, build } = readJson(join(PACKAGE, "package.json"));
  const cache = resolve(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "scoreline");
  const home = join(cache, `${version}-${build}`);
  if (existsSync(home)) return home;
  const lock = lockFor(process, readJson(join(PACKAGE, "lock.json")));
  note(`bringing in ${countOf(lock)} npm packages, ONNX Runtime and Node.js among them, to`);
  note(`  ${home}`);
  note("once for all folders; none of their install scripts is run");
  const part = `${home}.${process.pid}.part`;
  try {
    copyTo(part, lock);
    fill(part, environment);
    assertWhole(part, lock);
    keep(part, home);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  note("done");
  return home;
}

/**
 * The Node that runs Scoreline: the pinned one, or where its maker has no package of it, the person's.
 *
 * @param {string} home @returns {string}
 * @throws {SetupError} when that is too old
 */
export function nodeOf(home) {
  const pinned = join(home, "node_modules/.bin/node");
  if (existsSync(pinned)) return pinned;
  const wanted = readJson(join(PACKAGE, "cli/package/node.json")).version;
  const [major] = wanted.split(".");
  if (Number.parseInt(process.versions.node, 10) >= Number(major)) return process.execPath;
  const here = `${process.platform} on ${process.arch}`;
  throw new SetupError(`for ${here}, install Node.js ${major}: here is ${process.versions.node}`);
}

function copyTo(part, lock) {
  try {
    mkdirSync(part, { recursive: true });
  } catch (error) {
    throw new SetupError(`${error.message}. XDG_CACHE_HOME names another place for it`);
  }
  cpSync(PACKAGE, part, { recursive: true, filter: (path) => !path.endsWith("node_modules") });
  const { dependencies } = lock.packages[""];
  const own = readJson(join(part, "package.json"));
  writeJson(join(part, "package.json"), { ...own, dependencies });
  writeJson(join(part, "package-lock.json"), { ...lock, name: own.name, version: own.version });
}

function fill(part, environment) {
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"];
  const done = run("npm", [...args, "--loglevel=error", "--global=false", "--prefer-offline"], {
    cwd: part,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (!done.ok)
    throw new SetupError(`${done.output}\nnpm could not bring them in. Mend that and try again`);
  run(process.execPath, [join(part, "k8s/image/build-folder.mjs"), "trim", part]);
}

/** What is optional, such as sharp's program for this machine, npm leaves out when it cannot be had. */
function assertWhole(part, { packages }) {
  const { platform, arch, report } = process;
  const libc = report.getReport().header.glibcVersionRuntime === undefined ? "musl" : "glibc";
  const missing = Object.keys(packages).find((place) => {
    const { os = [], cpu = [], libc: libraries = [libc] } = packages[place];
    const isForHere = os.includes(platform) && cpu.includes(arch) && libraries.includes(libc);
    return isForHere && !existsSync(join(part, place));
  });
  if (missing === undefined) return;
  throw new SetupError(`npm left out ${missing}, and does not say why. Try again`);
}

/** Whole, or not at all: another start may have been faster, or this one be interrupted. */
function keep(part, home) {
  try {
    renameSync(part, home);
  } catch (error) {
    if (!existsSync(home)) throw error;
  }
}

/**
 * The lockfile for this machine: the pinned Node is of it where there is one, and then npm fails when
 * it cannot be had. What is optional it leaves out in silence.
 */
function lockFor({ platform, arch }, { packages: all, ...lock }) {
  const { "": own, ...packages } = all;
  const { optionalDependencies: programs, ...root } = own;
  const dependencies = { ...root.dependencies };
  for (const [name, version] of Object.entries(programs)) {
    const { [`node_modules/${name}`]: program } = packages;
    delete packages[`node_modules/${name}`];
    if (!program.os.includes(platform) || !program.cpu.includes(arch)) continue;
    dependencies[name] = version;
    packages[`node_modules/${name}`] = { ...program, optional: undefined };
  }
  return { ...lock, packages: { "": { ...root, dependencies }, ...packages } };
}

function countOf({ packages }) {
  const { platform, arch } = process;
  const isHere = ({ os = [platform], cpu = [arch] }) => os.includes(platform) && cpu.includes(arch);
  return Object.values(packages).filter(isHere).length - 1;
}

/** To stderr: stdout is the command's. */
function note(text) {
  process.stderr.write(`packages | ${text}\n`);
}

function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
