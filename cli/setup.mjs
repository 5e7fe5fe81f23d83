// Makes a fresh clone ready for `npm start`. Plain JavaScript without dependencies: it runs on
// Node 20 before node_modules exists.
import { fileURLToPath } from "node:url";
import { checkModels } from "./setup/models.mjs";
import { installPackages } from "./setup/packages.mjs";
import { ensureRedis } from "./setup/redis.mjs";
import { assertNode, say, SetupError } from "./setup/terminal.mjs";
import { ensureTestTools } from "./setup/test-tools.mjs";

const HELP = `npm run setup: makes this clone ready for \`npm start\`. Run it as often as you like.

  1. Redis     looks for redis-server or valkey-server; installs redis-server where it is missing
               (Debian, Ubuntu: apt-get, as root or with sudo; macOS: Homebrew) and leaves no
               service running. Skipped when REDIS_URL is set.
  2. packages  npm ci, when package-lock.json has changed since the last time; then checks that
               the pinned Node.js runs.
  3. models    compares every model file with the checksum in its manifest, in the folder of
               MODELS_DIR when it is set.
  4. tests     only with --tests: installs what only \`npm test\` needs, Debian's chromium and
               libvulkan1 (apt-get, as root or with sudo). Where that fails it says so, and the
               tests that need them are skipped.

Exit codes: 0 ready, 1 not ready (the last line says what to do), 2 an unknown option.
`;

const options = process.argv.slice(2);
const unknown = options.find((option) => !["--tests", "--help", "-h"].includes(option));
if (unknown !== undefined) {
  process.stderr.write(`setup: unknown option ${unknown}\n\n${HELP}`);
  process.exitCode = 2;
} else if (options.includes("--help") || options.includes("-h")) {
  process.stdout.write(HELP);
} else {
  const root = fileURLToPath(new URL("..", import.meta.url));
  process.exitCode = setUp(root, options.includes("--tests"));
}

/**
 * Runs all steps in order.
 *
 * @param {string} root the repository's folder
 * @param {boolean} withTests
 * @returns {number} the exit code
 */
function setUp(root, withTests) {
  try {
    assertNode();
    ensureRedis(process.env);
    installPackages(root, process.env);
    checkModels(root, process.env);
    if (withTests) ensureTestTools();
    say("setup", `ready: npm ${withTests ? "test" : "start"}`);
    return 0;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`\nsetup failed: ${error.message}\n`);
    return 1;
  }
}
