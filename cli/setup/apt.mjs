import { exists, run } from "./terminal.mjs";

/** Whether apt-get is here, and whether this process may install with it. */
export const APT = {
  isHere: () => process.platform === "linux" && exists("apt-get"),
  mayInstall: () => isRoot() || exists("sudo"),
};

/**
 * Runs a shell script as root, by sudo where we are not; that may ask for a password.
 *
 * @param {string} script
 * @param {readonly string[]} [args] become $1, $2, …
 */
export function runAsRoot(script, args = []) {
  const command = ["sh", "-c", script, "sh", ...args];
  return isRoot()
    ? run("sh", command.slice(1))
    : run("sudo", command, { stdio: ["inherit", "pipe", "inherit"] });
}

/** "sudo " where a command needs it. */
export function sudo() {
  return isRoot() ? "" : "sudo ";
}

function isRoot() {
  return process.getuid?.() === 0;
}
