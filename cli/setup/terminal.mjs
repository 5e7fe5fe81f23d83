import { spawnSync } from "node:child_process";

const OLDEST_NODE = 20;

/** A step that failed for a reason a person can mend: the message says how. */
export class SetupError extends Error {}

/** @throws {SetupError} when the Node.js that runs this is too old */
export function assertNode() {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= OLDEST_NODE) return;
  throw new SetupError(`Node.js ${node} is too old: install ${OLDEST_NODE} or newer`);
}

/**
 * Says in one line what a step did or found.
 *
 * @param {string} step
 * @param {string} text
 */
export function say(step, text) {
  process.stdout.write(`${step.padEnd(8)} | ${text}\n`);
}

/**
 * Runs a program to its end, keeping what it prints.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} [options]
 * @returns {{ ok: boolean, output: string }} `ok`: it exists and exited with 0; `output`: stdout,
 *   then stderr
 */
export function run(program, args, options = {}) {
  const done = spawnSync(program, args, {
    encoding: "utf8",
    stdio: ["inherit", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  const output = [done.stdout, done.stderr]
    .map((text) => String(text ?? ""))
    .join("")
    .trim();
  return { ok: done.status === 0, output: done.error ? done.error.message : output };
}

/**
 * Whether a program is in the PATH.
 *
 * @param {string} program
 */
export function exists(program) {
  return run("sh", ["-c", `command -v "$1"`, "sh", program]).ok;
}
