import { APT, runAsRoot, sudo } from "./apt.mjs";
import { run, say } from "./terminal.mjs";

/** Debian's packages that only tests need: a browser with SwiftShader, and Vulkan's loader. */
const PACKAGES = ["chromium", "libvulkan1"];

/** One by one: a package that cannot be had must not keep the others away. */
const SCRIPT = `
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
for package; do apt-get install -y -q --no-install-recommends "$package"; done
`;

/**
 * Installs what only tests need. What cannot be installed is said, and is no failure: the tests that
 * want it are skipped by name.
 */
export function ensureTestTools() {
  if (!APT.isHere()) return lacks(PACKAGES, "there is no apt-get");
  const missing = PACKAGES.filter((name) => !isInstalled(name));
  if (missing.length === 0) return say("tests", `found ${PACKAGES.join(" and ")}`);
  const byHand = `apt-get install --no-install-recommends ${missing.join(" ")}`;
  if (!APT.mayInstall()) return lacks(missing, `as root: ${byHand}`);
  say("tests", `installing ${missing.join(" and ")} with ${sudo()}apt-get`);
  const { output } = runAsRoot(SCRIPT, missing);
  // apt-get also exits with 100 when another package of the machine is broken.
  const absent = missing.filter((name) => !isInstalled(name));
  if (absent.length === 0) return say("tests", `installed ${missing.join(" and ")}`);
  process.stderr.write(`${output}\n`);
  return lacks(
    absent,
    `apt-get could not install ${absent.length === 1 ? "it" : "them"}, see above`,
  );
}

function isInstalled(name) {
  return run("dpkg-query", ["-W", "-f", "${db:Status-Status}", name]).output === "installed";
}

function lacks(names, why) {
  say("tests", `without ${names.join(" and ")} (${why}): tests that need it will be skipped`);
}
