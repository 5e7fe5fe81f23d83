import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Copies a version into a folder of models, members of its manifest changed. @returns where it is */
export function copyVersion(
  from: string,
  models: string,
  changes: Readonly<Record<string, unknown>> = {},
): string {
  const [name = "", version = ""] = from.split("/").slice(-2);
  const to = join(models, name, version);
  cpSync(from, to, { recursive: true });
  changeManifest(to, changes);
  return to;
}

/** Changes members of a version's manifest. @param folder the version's */
export function changeManifest(folder: string, changes: Readonly<Record<string, unknown>>): void {
  const path = join(folder, "manifest.json");
  const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...Object(manifest), ...changes }));
}

/**
 * A folder of models with `slow-text` alone, members of its manifest changed. To be removed by who
 * asked for it.
 */
export function slowText(changes: Readonly<Record<string, unknown>>): string {
  const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  copyVersion("test/fixtures/models/slow-text/1", models, changes);
  return models;
}

/** As the input's `what` says: `fail`; `once:…`, which fails the first time; anything else is fine. */
const MOODY = `
const seen = new Set();
export function preprocess({ what }) {
  const isNew = what.startsWith("once:") && !seen.has(what);
  seen.add(what);
  if (what === "fail" || isNew) throw new Error("not today");
  return { ids: { dtype: "int64", dims: [2], data: new BigInt64Array([1n, 2n]) } };
}
export const postprocess = ({ y }) => ({ sum: y.data[0] + y.data[1] });
`;

/**
 * A folder of models for batches: real ones, `slow-text`, and `moody`, a script that fails as its
 * input says. To be removed by who asked for it.
 */
export function batchModels(real: readonly string[] = []): string {
  const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  for (const version of real) {
    cpSync(join("models", version), join(models, version), { recursive: true });
  }
  cpSync("test/fixtures/models/slow-text/1", join(models, "slow-text", "1"), { recursive: true });
  const moody = join(models, "moody", "1");
  cpSync("test/fixtures/models/script-example/1", moody, { recursive: true });
  const path = join(moody, "manifest.json");
  const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
  const input = { type: "object", properties: { what: { type: "string" } }, required: ["what"] };
  const output = { type: "object", properties: { sum: { type: "number" } } };
  const pipeline = { type: "script", module: "moody.mjs", input, output };
  const batching = { max_batch_size: 8, max_queue_delay_ms: 0 };
  writeFileSync(
    path,
    JSON.stringify({ ...Object(manifest), name: "moody", pipeline, batching, preload: true }),
  );
  writeFileSync(join(moody, "moody.mjs"), MOODY);
  return models;
}

const VERSIONED = (version: number): string => `
export const preprocess = ({ fails }) => {
  if (fails === ${version}) throw new Error("not today");
  return { ids: { dtype: "int64", dims: [2], data: new BigInt64Array([1n, 2n]) } };
};
export const postprocess = () => ({ version: ${version} });
`;

/**
 * A folder of models with versions of `versioned` that answer which one they are, and `other`, which
 * takes another input. To be removed by who asked for it.
 */
export function versionedModel(versions: number): string {
  const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  const output = { type: "object", properties: { version: { type: "integer" } } };
  const write = (name: string, version: number, input: object): void => {
    const folder = join(models, name, String(version));
    cpSync("test/fixtures/models/script-example/1", folder, { recursive: true });
    const path = join(folder, "manifest.json");
    const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
    const pipeline = { type: "script", module: "versioned.mjs", input, output };
    const own = { name, version, pipeline, preload: true };
    writeFileSync(path, JSON.stringify({ ...Object(manifest), ...own }));
    writeFileSync(join(folder, "versioned.mjs"), VERSIONED(version));
  };
  const fails = { type: "integer" };
  for (let version = 1; version <= versions; version += 1) {
    write("versioned", version, { type: "object", properties: { fails } });
  }
  write("other", 1, { type: "object", properties: { fails }, required: ["fails"] });
  return models;
}

/**
 * Keeps its runner, without a core, for as many ms as the input says; -1: for ever. And answers with a text of so
 * many bytes besides, where that is said.
 */
const PACED = `
const cell = new Int32Array(new SharedArrayBuffer(4));
let said = {};
export function preprocess({ ms, bytes }) {
  said = bytes === undefined ? {} : { text: "x".repeat(bytes) };
  Atomics.wait(cell, 0, 0, ms < 0 ? Infinity : ms);
  return { ids: { dtype: "int64", dims: [2], data: new BigInt64Array([1n, 2n]) } };
}
export const postprocess = ({ y }) => ({ sum: y.data[0] + y.data[1], ...said });
`;

/**
 * A folder of models with `paced`, a script whose runs take as long as their inputs say. To be removed by who
 * asked for it.
 *
 * @param models there is nothing else in it, unless it is given
 */
export function pacedModel(
  changes: Readonly<Record<string, unknown>>,
  models = mkdtempSync(join(tmpdir(), "scoreline-models-")),
): string {
  const paced = join(models, "paced", "1");
  cpSync("test/fixtures/models/script-example/1", paced, { recursive: true });
  const path = join(paced, "manifest.json");
  const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
  const input = { type: "object", properties: { ms: { type: "number" } }, required: ["ms"] };
  const output = { type: "object", properties: { sum: { type: "number" } } };
  const pipeline = { type: "script", module: "paced.mjs", input, output };
  const batching = { max_batch_size: 8, max_queue_delay_ms: 0 };
  const own = { name: "paced", pipeline, batching, preload: true };
  writeFileSync(path, JSON.stringify({ ...Object(manifest), ...own, ...changes }));
  writeFileSync(join(paced, "paced.mjs"), PACED);
  return models;
}

/**
 * What a version errs about: of all inputs so many percent, for each seed. Other seeds are other inputs, and the same
 * seed and percent the same ones.
 */
export type Errors = readonly (readonly [seed: number, percent: number])[];

/** Whether it errs about an input: by its number, the same in every run. */
export function errs(errors: Errors, n: number): boolean {
  return errors.some(([seed, percent]) => {
    let hash = (Math.imul(n + 1, 2654435761) ^ Math.imul(seed, 40503)) >>> 0;
    hash = Math.imul(hash ^ (hash >>> 15), 2246822519) >>> 0;
    hash = Math.imul(hash ^ (hash >>> 13), 3266489917) >>> 0;
    return ((hash ^ (hash >>> 16)) >>> 0) % 1000 < percent * 10;
  });
}

const GRADED = (errors: Errors): string => `
${errs.toString()}
export const preprocess = ({ n }) => {
  const label = errs(${JSON.stringify(errors)}, n) ? 3 : n % 3;
  return { ids: { dtype: "int64", dims: [2], data: new BigInt64Array([BigInt(label), 0n]) } };
};
export const postprocess = ({ y }) => ({ label: Math.round(y.data[0] / 10) });
`;

/**
 * A folder of models with versions of `graded`, each of which errs about some of all inputs, `n`.
 * To be removed by who asked for it.
 */
export function gradedModel(versions: readonly Errors[]): string {
  const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  for (const [i, errors] of versions.entries()) {
    const version = i + 1;
    const folder = join(models, "graded", String(version));
    cpSync("test/fixtures/models/script-example/1", folder, { recursive: true });
    const path = join(folder, "manifest.json");
    const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
    const member = (name: string) => ({
      type: "object",
      properties: { [name]: { type: "integer" } },
      required: [name],
    });
    const io = { input: member("n"), output: member("label") };
    const pipeline = { type: "script", module: "graded.mjs", ...io };
    const batching = { max_batch_size: 64, max_queue_delay_ms: 0 };
    const own = { name: "graded", version, pipeline, batching, preload: true };
    writeFileSync(path, JSON.stringify({ ...Object(manifest), ...own }));
    writeFileSync(join(folder, "graded.mjs"), GRADED(errors));
  }
  return models;
}
