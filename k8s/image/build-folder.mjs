#!/usr/bin/env node
// Makes the folder that is /app in our images: the Dockerfiles run this, and so does a test where
// there is no Docker. Plain JavaScript without dependencies, for the Node of the build stage.
//
//   node k8s/image/build-folder.mjs dependencies FOLDER   production packages, by the lockfile
//   node k8s/image/build-folder.mjs files FOLDER          our code, and models
//   node k8s/image/build-folder.mjs trim FOLDER           takes other platforms' libraries away
//
// Environment: MODELS, the folder of models to bake in, or `none`; CUDA=12 fetches CUDA's provider.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What runs. docs/errors.md is a page that gateways serve. */
const FILES = ["cli", "docs/errors.md", "gateway", "LICENSE", "NOTICE", "shared", "worker"];

const steps = { dependencies, files, trim };
const [step = "", folder] = process.argv.slice(2);
if (!Object.hasOwn(steps, step) || folder === undefined) {
  process.stderr.write("usage: build-folder.mjs dependencies|files|trim FOLDER\n");
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
  if (process.env.CUDA === "12") fetchCuda(join(target, "node_modules/onnxruntime-node"));
  trim(target);
}

function trim(target) {
  dropOtherPlatforms(join(target, "node_modules/onnxruntime-node/bin"));
  dropOtherTokenizers(join(target, "node_modules/tokenizers"));
}

/**
 * CUDA's and TensorRT's providers, by the package's own installer. It reads the variable before its
 * flags, forces with `true` only (a name such as `cuda12` it reads as if nothing was said), and ends
 * with 0 also when it has installed nothing: so its work is looked at.
 */
function fetchCuda(runtime) {
  run(process.execPath, ["script/install.js"], runtime, "true");
  const library = `linux/${process.arch}/libonnxruntime_providers_cuda.so`;
  const bin = join(runtime, "bin");
  if (readdirSync(bin).some((napi) => existsSync(join(bin, napi, library)))) return;
  fail(`onnxruntime-node's installer left no ${library}: there is no CUDA provider in this image`);
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

/** Nor this one's, of which each library is 5 MB for one of a dozen platforms. */
function dropOtherTokenizers(place) {
  const mine = `tokenizers.${process.platform}-${process.arch}`;
  for (const file of readdirSync(place)) {
    if (file.endsWith(".node") && !file.startsWith(mine)) rmSync(join(place, file));
  }
}

function take(file, target) {
  const from = join(ROOT, file);
  if (!existsSync(from)) throw new Error(`${file} is not there: is it left out of the build?`);
  mkdirSync(dirname(join(target, file)), { recursive: true });
  cpSync(from, join(target, file), { recursive: true });
}

/** @param install what onnxruntime-node's installer is told, should it run */
function run(program, args, cwd, install = "skip") {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: install };
  const { status, error } = spawnSync(program, args, {
    cwd,
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status === 0) return;
  fail(`${program} failed${error ? `: ${error.message}` : ""}`);
}

function fail(reason) {
  process.stderr.write(`build-folder.mjs: ${reason}\n`);
  process.exit(1);
}
