// Makes a fresh clone ready for `npm start`. Plain JavaScript without dependencies: it runs on
// Node 20 before node_modules exists.
import { fileURLToPath } from "node:url";
import { checkModels } from "./setup/models.mjs";
import { installPackages } from "./setup/packages.mjs";
import { ensureRedis } from "./setup/redis.mjs";
import { say, SetupError } from "./setup/terminal.mjs";

const OLDEST_NODE = 20;

const HELP = `npm run setup: makes this clone ready for \`npm start\`. Run it as often as you like.

  1. Redis     looks for redis-server or valkey-server; installs redis-server where it is missing
               (Debian, Ubuntu: apt-get, as root or with sudo; macOS: Homebrew) and leaves no
               service running. Skipped when REDIS_URL is set.
  2. packages  npm ci, when package-lock.json has changed since the last time; then checks that
               the pinned Node.js runs.
  3. models    compares every model file with the checksum in its manifest, in the folder of
               MODELS_DIR when it is set.

Exit codes: 0 ready, 1 not ready (the last line says what to do).
`;

if (process.argv.some((argument) => argument === "--help" || argument === "-h")) {
  process.stdout.write(HELP);
} else {
  process.exitCode = setUp(fileURLToPath(new URL("..", import.meta.url)));
}

/**
 * Runs all steps in order.
 *
 * @param {string} root the repository's folder
 * @returns {number} the exit code
 */
function setUp(root) {
  try {
    assertNode();
    ensureRedis(process.env);
    installPackages(root, process.env);
    checkModels(root, process.env);
    say("setup", "ready: npm start");
    return 0;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`\nsetup failed: ${error.message}\n`);
    return 1;
  }
}

function assertNode() {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= OLDEST_NODE) return;
  throw new SetupError(`Node.js ${node} is too old: install ${OLDEST_NODE} or newer`);
}
