import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

const MODULE = new URL("../../../../cli/setup/test-tools.mjs", import.meta.url).href;
const SCRIPT = `import { ensureTestTools } from ${JSON.stringify(MODULE)}; ensureTestTools();`;

/** Programs of a machine of its own, by name, in place of Debian's; root always may. */
function setup(t: TestContext, programs: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "scoreline-setup-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync("/bin/sh", join(folder, "sh"));
  for (const [name, body] of Object.entries({ sudo: 'exec "$@"', ...programs }))
    writeFileSync(join(folder, name), `#!/bin/sh\ncd ${folder}\n${body}\n`, { mode: 0o755 });
  const done = spawnSync(process.execPath, ["--input-type=module", "-e", SCRIPT], {
    encoding: "utf8",
    env: { PATH: folder },
  });
  assert.equal(done.status, 0, done.stderr);
  const log = join(folder, "log");
  return { said: done.stdout, asked: existsSync(log) ? readFileSync(log, "utf8") : "" };
}

/** A package is installed when it has a file of its name; `cannot` are those that never have. */
const debian = (cannot = "none") => ({
  "dpkg-query": '[ -e "$4" ] && echo installed',
  "apt-get": `echo "$*" >>log
case $* in *${cannot}*) echo "E: no $5" >&2; exit 100 ;; esac
[ "$1" != install ] || : >"$5"`,
});

describe("what set-up installs for tests", () => {
  it("is Chromium and Vulkan's loader, without what they recommend", (t) => {
    const { said, asked } = setup(t, debian());
    assert.match(said, /installed chromium and libvulkan1\n$/);
    assert.equal(
      asked,
      "update -q\n" +
        "install -y -q --no-install-recommends chromium\n" +
        "install -y -q --no-install-recommends libvulkan1\n",
    );
  });

  it("is nothing where both are there", (t) => {
    const { said, asked } = setup(t, { ...debian(), "dpkg-query": "echo installed" });
    assert.match(said, /found chromium and libvulkan1\n$/);
    assert.equal(asked, "");
  });

  it("is the one when the other cannot be had, which is said and no failure", (t) => {
    const { said } = setup(t, debian("chromium"));
    assert.match(said, /without chromium \(apt-get could not install it.* will be skipped\n$/);
    assert.doesNotMatch(said, /without.*libvulkan1/);
  });

  it("is nothing without apt-get, which is said and no failure", (t) => {
    const { said } = setup(t, {});
    assert.match(said, /without chromium and libvulkan1 \(there is no apt-get\)/);
  });
});
