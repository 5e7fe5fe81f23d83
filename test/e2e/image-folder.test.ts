import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { z } from "zod";
import {
  firstMatch,
  firstPrediction,
  PHOTO,
  postBytes,
  postJson,
  repositoryFile,
} from "../support/client.ts";
import { System } from "../support/system.ts";
import { readText } from "../sync/support/repository.ts";

const INSTALL_MS = 500_000;
const MB = 1_000_000;

const packageSchema = z.object({ devDependencies: z.record(z.string(), z.string()) });

/** `/app` of the image, made by the script that the Dockerfiles run. */
const folder = mkdtempSync(join(tmpdir(), "scoreline-image-"));
after(() => rmSync(folder, { recursive: true }));

const installed = step("dependencies");
const isOffline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT/.test(installed.err);
const noPackages = !installed.isGood && isOffline && "there is no npm registry";
const copied = step("files");

describe("the folder that becomes the image", { skip: noPackages }, () => {
  it("holds what the image's build takes, and no models' sources", () => {
    assert.ok(installed.isGood, installed.err);
    assert.ok(copied.isGood, copied.err);
    const models = globSync("models/*", { cwd: folder }).toSorted();
    const names = ["faq-javascript", "image-classification", "resnet152", "wine"];
    assert.deepEqual(
      models,
      names.map((name) => `models/${name}`),
    );
    assert.deepEqual(globSync("models/*/{build,data,photos}", { cwd: folder }), []);
    assert.deepEqual(globSync("{test,k8s,keda,.git}", { cwd: folder }), []);
  });

  it("has no development package, and no library of CUDA or of another platform", () => {
    const { devDependencies } = packageSchema.parse(JSON.parse(readText("package.json")));
    const packages = Object.keys(devDependencies).map(
      (name) => `node_modules/${name}/package.json`,
    );
    // zod's and others' own dependencies are none of ours.
    assert.deepEqual(globSync(packages, { cwd: folder }), []);
    assert.deepEqual(globSync("node_modules/**/*{cuda,tensorrt}*.so*", { cwd: folder }), []);
    const platforms = globSync("node_modules/onnxruntime-node/bin/*/*/*", { cwd: folder });
    assert.deepEqual(
      platforms.map((path) => path.split("/").slice(-2)),
      [[process.platform, process.arch]],
    );
    const tokenizers = globSync("node_modules/tokenizers/*.node", { cwd: folder });
    const mine = `tokenizers.${process.platform}-${process.arch}`;
    assert.ok(tokenizers.some((path) => path.includes(mine)));
    assert.ok(
      tokenizers.every((path) => path.includes(mine)),
      tokenizers.join(),
    );
  });

  it("weighs what docs/kubernetes.md says, to a tenth", () => {
    const bytes = filesOf(folder).reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
    const [, stated = ""] =
      /packages, code and models: (\d+) MB/.exec(readText("docs/kubernetes.md")) ?? [];
    assert.ok(Math.abs(bytes / MB / Number(stated) - 1) < 0.1, `${Math.round(bytes / MB)} MB`);
  });

  it("starts as gateway, worker and courier, scores, and writes nothing into itself", async () => {
    const before = filesOf(folder);
    {
      await using system = await System.start({}, folder);
      const models = `${system.url}/v1/models`;
      const faq = await postJson(`${models}/faq-javascript/jobs`, {
        input: { text: "loop over an array" },
      });
      assert.equal(faq.status, 200, JSON.stringify(faq.body));
      assert.ok(firstMatch(faq.body).probability > 0);
      const photo = await postBytes(
        `${models}/image-classification/jobs`,
        repositoryFile(PHOTO),
        "image/jpeg",
      );
      assert.equal(firstPrediction(photo.body.output).label, "espresso");
      for (const page of [
        "/docs",
        "/docs/errors",
        "/docs/assets/swagger-ui.css",
        "/page/main/main.ts",
        "/page/vendor/preact.js",
      ]) {
        assert.equal((await fetch(new URL(page, system.url))).status, 200, page);
      }
    }
    assert.deepEqual(filesOf(folder), before);
  });

  it("answers for the commands that an operator runs in a pod", () => {
    const { status, stdout } = spawnSync(process.execPath, ["cli/main.ts", "models", "list"], {
      cwd: folder,
      encoding: "utf8",
    });
    assert.equal(status, 0);
    assert.match(stdout, /faq-javascript@1 \*/);
  });
});

function step(name: string): { readonly isGood: boolean; readonly err: string } {
  const args = ["k8s/image/build-folder.mjs", name, folder];
  const { status, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    timeout: INSTALL_MS,
  });
  return { isGood: status === 0, err: stderr };
}

function filesOf(place: string): string[] {
  return globSync("**/*", { cwd: place, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(place.length + 1))
    .toSorted();
}
