import { APT, runAsRoot, sudo } from "./apt.mjs";
import { exists, run, say, SetupError } from "./terminal.mjs";

const SERVERS = ["redis-server", "valkey-server"];

/**
 * As root. Debian starts what it installs and enables it for every boot; ours is started by
 * `npm start`, on a port of its own. The policy file forbids the start, and goes again afterwards;
 * one that an administrator placed there stays. Debian's and Ubuntu's newest may have Valkey only.
 */
const APT_SCRIPT = `
set -eu
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\\nexit 101\\n' >"$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
server=redis-server
apt-get install -y -q --no-install-recommends "$server" || {
  server=valkey-server
  apt-get install -y -q --no-install-recommends "$server"
}
if [ -d /run/systemd/system ]; then systemctl disable --now "$server" || true; fi
deb-systemd-helper disable "$server.service" || true
update-rc.d "$server" disable || true
`;

const APT_BY_HAND =
  "sudo apt-get update && sudo apt-get install -y --no-install-recommends redis-server && " +
  "sudo systemctl disable --now redis-server";

/**
 * Makes sure that a Redis server program is installed.
 *
 * @param {NodeJS.ProcessEnv} environment
 * @throws {SetupError} saying what to install by hand
 */
export function ensureRedis(environment) {
  if (environment.REDIS_URL) return say("redis", "REDIS_URL is set: no server of our own needed");
  const found = findServer();
  if (found) return say("redis", `found ${found}`);
  if (APT.isHere()) installWithApt();
  else if (process.platform === "darwin" && exists("brew")) installWithBrew();
  else throw new SetupError(elsewhere());
  const installed = findServer();
  if (!installed)
    throw new SetupError(`the installation left no server in the PATH. ${elsewhere()}`);
  say("redis", `installed ${installed}; no service is running or enabled`);
}

function findServer() {
  for (const server of SERVERS) {
    const { ok, output } = run(server, ["--version"]);
    if (ok) return `${server} ${/v=(\S+)/.exec(output)?.[1] ?? ""}`.trim();
  }
  return null;
}

function installWithApt() {
  if (!APT.mayInstall()) {
    throw new SetupError(
      "redis-server is missing, and installing it needs root or sudo. As root, run:\n" +
        `  ${APT_BY_HAND.replaceAll("sudo ", "")}\nthen \`npm run setup\` again`,
    );
  }
  say("redis", `not found: installing redis-server with ${sudo()}apt-get`);
  const { ok, output } = runAsRoot(APT_SCRIPT);
  if (ok) return;
  process.stderr.write(`${output}\n`);
  throw new SetupError(
    `apt-get could not install redis-server (see above). Mend that, or run by hand:\n  ${APT_BY_HAND}`,
  );
}

function installWithBrew() {
  say("redis", "not found: installing it with Homebrew");
  const { ok, output } = run("brew", ["install", "redis"]);
  if (ok) return;
  process.stderr.write(`${output}\n`);
  throw new SetupError("`brew install redis` failed (see above). Mend that and run it by hand");
}

function elsewhere() {
  return (
    "install redis-server (6.2 or newer) or valkey-server so that it is in the PATH, e.g.\n" +
    "  Fedora, RHEL    sudo dnf install valkey\n" +
    "  Alpine          sudo apk add valkey\n" +
    "  Arch            sudo pacman -S valkey\n" +
    "or set REDIS_URL to a Redis that you run, then `npm run setup` again"
  );
}
