import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, describe, it } from "node:test";

const LIBRARY = "libonnxruntime_providers_cuda.so";
const MAKES_IT = `require("node:fs").writeFileSync(${JSON.stringify(LIBRARY)}, "")`;
const UTILITIES = createRequire(import.meta.url).resolve(
  "onnxruntime-node/script/install-utils.js",
);

const folder = mkdtempSync(join(tmpdir(), "scoreline-cuda-"));
after(() => rmSync(folder, { recursive: true }));

/**
 * The step of the GPU image that fetches packages, with an npm that puts the two packages with libraries
 * there. `onnxruntime-node`'s installer fetches nothing; whether it is asked to install is decided by the
 * real one's code.
 *
 * @param install what it does when it is
 */
function build(name: string, install: string) {
  const place = join(folder, name);
  const programs = join(place, "programs");
  const app = join(place, "app");
  mkdirSync(programs, { recursive: true });
  const ofRuntime = join(app, "node_modules/onnxruntime-node");
  const libraries = join(ofRuntime, "bin/napi-v6", process.platform, process.arch);
  const installer = `
    if (require(${JSON.stringify(UTILITIES)}).parseInstallFlag() !== true) process.exit(0);
    process.chdir(${JSON.stringify(libraries)});
    ${install}`;
  const npm = `#!${process.execPath}
    const { mkdirSync, writeFileSync } = require("node:fs");
    const runtime = ${JSON.stringify(ofRuntime)};
    mkdirSync(runtime + "/script", { recursive: true });
    mkdirSync(${JSON.stringify(libraries)}, { recursive: true });
    mkdirSync(${JSON.stringify(join(app, "node_modules/tokenizers"))});
    writeFileSync(runtime + "/script/install.js", ${JSON.stringify(installer)});
    writeFileSync(${JSON.stringify(place)} + "/npm-was-told", process.env.ONNXRUNTIME_NODE_INSTALL);`;
  writeFileSync(join(programs, "npm"), npm);
  chmodSync(join(programs, "npm"), 0o755);
  const { status, stderr } = spawnSync(
    process.execPath,
    ["k8s/image/build-folder.mjs", "dependencies", app],
    {
      encoding: "utf8",
      env: { PATH: `${programs}${delimiter}${process.env["PATH"] ?? ""}`, CUDA: "12" },
    },
  );
  const hasLibrary = existsSync(join(libraries, LIBRARY));
  const npmWasTold = readFileSync(join(place, "npm-was-told"), "utf8");
  return { status, stderr, hasLibrary, npmWasTold };
}

describe("the build of the GPU image", () => {
  it("has onnxruntime-node's installer fetch CUDA's provider, and npm fetch nothing", () => {
    const { status, stderr, hasLibrary, npmWasTold } = build("good", MAKES_IT);
    assert.equal(status, 0, stderr);
    assert.ok(hasLibrary);
    assert.equal(npmWasTold, "skip");
  });

  it("fails when the installer says that all is well and the provider is not there", () => {
    const { status, stderr } = build("nothing", "");
    assert.equal(status, 1);
    assert.match(stderr, /left no linux\/\w+\/libonnxruntime_providers_cuda\.so/);
  });

  it("fails when the installer does", () => {
    const { status, stderr } = build("failing", "process.exit(3)");
    assert.equal(status, 1);
    assert.match(stderr, /build-folder\.mjs: .*node failed/);
  });
});
