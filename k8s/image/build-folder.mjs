#!/usr/bin/env node
// Makes the folder that is /app in our images: the Dockerfiles run this, and so does a test where
// there is no Docker. Plain JavaScript without dependencies, for the Node of the build stage.
//
//   node k8s/image/build-folder.mjs dependencies FOLDER   production packages, by the lockfile
//   node k8s/image/build-folder.mjs files FOLDER          our code, and models
//
// Environment: MODELS, the folder of models to bake in, or `none`; CUDA=12 fetches CUDA's provider.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What runs. docs/errors.md is a page that gateways serve. */
const FILES = ["cli", "docs/errors.md", "gateway", "LICENSE", "NOTICE", "shared", "worker"];

const steps = { dependencies, files };
const [step = "", folder] = process.argv.slice(2);
if (!Object.hasOwn(steps, step) || folder === undefined) {
  process.stderr.write("usage: build-folder.mjs dependencies|files FOLDER\n");
  process.exit(2);
}
steps[step](resolve(folder));

function dependencies(target) {
  mkdirSync(target, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) take(file, target);
  run(
    "npm",
    ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"],
    target,
  );
  if (process.env.CUDA === "12") {
    const installer = "node_modules/onnxruntime-node/script/install.js";
    run(process.execPath, [installer, "--onnxruntime-node-install=cuda12"], target);
  }
  dropOtherPlatforms(join(target, "node_modules/onnxruntime-node/bin"));
}

function files(target) {
  for (const file of FILES) take(file, target);
  rmSync(join(target, "package-lock.json"), { force: true });
  const models = process.env.MODELS ?? "models";
  if (models === "none") return;
  const from = resolve(ROOT, models);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory()) takeModel(join(from, entry.name), join(target, "models", entry.name));
  }
}

/** Versions only: what a model was built from stays behind. */
function takeModel(from, to) {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const isVersion = entry.isDirectory() && /^[1-9]\d*$/.test(entry.name);
    if (isVersion || entry.name === "default")
      cpSync(join(from, entry.name), join(to, entry.name), { recursive: true });
  }
}

/** The package brings ONNX Runtime for five platforms, 240 MB that nothing would load. */
function dropOtherPlatforms(bin) {
  for (const napi of readdirSync(bin)) {
    for (const platform of readdirSync(join(bin, napi))) {
      if (platform !== process.platform) rmSync(join(bin, napi, platform), { recursive: true });
    }
    const mine = join(bin, napi, process.platform);
    for (const arch of readdirSync(mine)) {
      if (arch !== process.arch) rmSync(join(mine, arch), { recursive: true });
    }
  }
}

function take(file, target) {
  const from = join(ROOT, file);
  if (!existsSync(from)) throw new Error(`${file} is not there: is it left out of the build?`);
  mkdirSync(dirname(join(target, file)), { recursive: true });
  cpSync(from, join(target, file), { recursive: true });
}

function run(program, args, cwd) {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
  const { status, error } = spawnSync(program, args, {
    cwd,
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status === 0) return;
  process.stderr.write(`build-folder.mjs: ${program} failed${error ? `: ${error.message}` : ""}\n`);
  process.exit(1);
}
