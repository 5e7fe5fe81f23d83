import { chmodSync, cpSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { say, SetupError } from "../setup/terminal.mjs";

/** What may be in a folder that counts as empty: what installing a package leaves in it. */
const HARMLESS = /^(\..*|node_modules|package(-lock)?\.json|.*\.tgz|README\.md)$/;

const OURS = new Set(["models", ".scoreline", "scoreline"]);

const README = `# A folder of Scoreline

    ./scoreline start                       runs everything; Ctrl-C stops it
    ./scoreline models add model.onnx       adds a model of your own, also while it runs
    ./scoreline --help                      all commands

- \`models/\`: a folder for each model, with one for each version. The demo models may be deleted.
- \`.scoreline/\`: the key (\`api-key\`), and jobs and results. Delete it to begin anew.
- \`scoreline\`: the command, for this machine and user.
`;

const GITIGNORE = "/.scoreline*/\n/scoreline\n/models/*/*/model.onnx.part\n";

/**
 * @param {string} folder @param {NodeJS.ProcessEnv} environment
 * @throws {SetupError} where a start would leave its files among others'
 */
export function refuseStrangeFolder(folder, environment) {
  const names = readdirSync(folder);
  if (environment.MODELS_DIR || names.some((name) => OURS.has(name))) return;
  const strange = names.find((name) => !HARMLESS.test(name));
  if (strange === undefined) return;
  throw new SetupError(
    `${folder} is not empty: "${strange}" is in it. Start in an empty folder, or type init\n` +
      "instead of start first, if models/ and .scoreline/ shall be made here",
  );
}

/**
 * Makes what is missing of a folder that Scoreline works in; what is there stays. The command is
 * written anew: it may have been another version's.
 *
 * @param {string} folder @param {string} home where the package and all it needs is
 */
export function makeFolder(folder, home) {
  if (!existsSync(join(folder, "models"))) {
    cpSync(join(home, "models"), join(folder, "models"), { recursive: true });
    say("folder", `demo models are in ${join(folder, "models")}`);
  }
  for (const [name, text] of [
    ["README.md", README],
    [".gitignore", GITIGNORE],
  ]) {
    if (!existsSync(join(folder, name))) writeFileSync(join(folder, name), text);
  }
  const command = join(folder, "scoreline");
  writeFileSync(command, commandText(home));
  chmodSync(command, 0o755);
}

function commandText(home) {
  return `#!/bin/sh
# Scoreline for this folder. Written by init and start; not to be edited.
home=${quoted(home)}
if [ ! -d "$home" ]; then
  echo "scoreline: $home is gone. Start once more from the npm package, which brings it back." >&2
  exit 1
fi
node=$home/node_modules/.bin/node
[ -x "$node" ] || node=node
SCORELINE_FOLDER=$(cd "$(dirname "$0")" && pwd) exec "$node" "$home/cli/package/scoreline.mjs" "$@"
`;
}

function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
