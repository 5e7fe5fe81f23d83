import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { findHadolint, runTool } from "../support/cluster-tools.ts";
import { filesMatching, readText } from "./support/repository.ts";

const hadolint = findHadolint();
const packageSchema = z.object({
  version: z.string(),
  devDependencies: z.object({ node: z.string() }),
});
const { version, devDependencies } = packageSchema.parse(JSON.parse(readText("package.json")));

describe("Dockerfiles", () => {
  const names = ["Dockerfile", "Dockerfile.gpu", "Dockerfile.vulkan"];
  const files = filesMatching(names.map((name) => `k8s/image/${name}`));

  it("pass hadolint", { skip: hadolint === undefined && "there is no hadolint" }, () => {
    assert.ok(hadolint !== undefined);
    const { isGood, out } = runTool(
      hadolint,
      files.map(({ path }) => path),
    );
    assert.ok(isGood, out);
  });

  for (const { path, text } of files) {
    it(`${path} builds with the pinned Node, as this version, in stages`, () => {
      assert.match(text, new RegExp(`^ARG \\w+=node:${devDependencies.node}-`, "m"));
      assert.match(text, new RegExp(`^ARG VERSION=${version}$`, "m"));
      assert.ok(text.split("\nFROM ").length > 2);
    });

    it(`${path} ends as a numeric user that is not root, and runs no package manager`, () => {
      const last = text.slice(text.lastIndexOf("\nFROM "));
      assert.match(last, /^USER [1-9]\d*:[1-9]\d*$/m);
      assert.doesNotMatch(last, /^RUN /m);
      assert.match(last, /^HEALTHCHECK NONE$/m);
    });

    it(`${path} keeps ONNX Runtime from calling its maker, whoever loads it`, () => {
      assert.match(text.slice(text.lastIndexOf("\nFROM ")), /^\s+ORT_DISABLE_TELEMETRY=1 /m);
    });

    it(`${path} sees only what its folder is made of`, () => {
      const ignored = readText(`${path}.dockerignore`).split("\n");
      assert.ok(ignored.includes("*"));
      const script = readText("k8s/image/build-folder.mjs");
      const [, list = ""] = /const FILES = \[(.*)\];/.exec(script) ?? [];
      const taken = [...list.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name);
      assert.ok(taken.length > 5);
      const shown = ignored.flatMap((line) => (line.startsWith("!") ? [line.slice(1)] : []));
      const own = ["k8s/image/build-folder.mjs", "models", "package.json", "package-lock.json"];
      assert.deepEqual(new Set(shown), new Set([...taken, ...own]));
    });
  }
});
