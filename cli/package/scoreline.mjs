#!/usr/bin/env node
// The command of the npm package. Plain JavaScript without dependencies: whatever Node from 20 on the
// person has runs it. The first use brings in what Scoreline runs with (install.mjs); from then on the
// folder has `./scoreline`, which is this file beside that.
import { join, resolve } from "node:path";
import { ensureRedis } from "../setup/redis.mjs";
import { runNode } from "../setup/run-node.mjs";
import { assertNode, say, SetupError } from "../setup/terminal.mjs";
import { makeFolder, refuseStrangeFolder } from "./folder.mjs";
import { install, nodeOf } from "./install.mjs";

const HELP = `Beside the commands below, the package has two of its own:

  init    makes the folder you are in one of Scoreline's: demo models in models/,
          the command ./scoreline, a README and a .gitignore; what is there stays
  start   does so in an empty folder, installs redis-server if there is none
          (unless REDIS_URL is set), and runs everything until Ctrl-C
`;

try {
  run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`\nscoreline: ${error.message}\n`);
  process.exitCode = 1;
}

function run([word, ...rest]) {
  assertNode();
  const folder = resolve(process.env.SCORELINE_FOLDER ?? ".");
  const isHelp = rest.includes("--help") || rest.includes("-h");
  if ((word === "init" || word === "start") && isHelp) return void process.stdout.write(HELP);
  if (word === "start") refuseStrangeFolder(folder, process.env);
  if (word === "start") ensureRedis(process.env);
  const home = install(process.env);
  if (word === "init" || word === "start") {
    makeFolder(folder, home);
    if (word === "init") return say("folder", "ready: ./scoreline start");
  } else if (word === undefined || word === "--help" || word === "-h") process.stdout.write(HELP);
  const main = word === "start" ? ["cli/start/main.js"] : ["cli/main.js", ...given(word, rest)];
  const environment = { ...process.env, SCORELINE_FOLDER: folder };
  runNode(nodeOf(home), [join(home, main[0]), ...main.slice(1)], environment);
}

function given(word, rest) {
  return word === undefined ? [] : [word, ...rest];
}
