#!/usr/bin/env node
// `npx scoreline`: starts cli/main.ts with the Node that set-up installed. Plain JavaScript without
// dependencies: whatever Node the person has runs it, also before set-up.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

const node = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
const cache = fileURLToPath(new URL("../.cache/compile", import.meta.url));
const main = fileURLToPath(new URL("main.ts", import.meta.url));

if (existsSync(node)) start();
else {
  process.stderr.write("scoreline: set-up has not been done here. Run: npm run setup\n");
  process.exitCode = 1;
}

function start() {
  const child = spawn(node, [main, ...process.argv.slice(2)], {
    stdio: "inherit",
    // As shared/compile-cache.ts has it: a command then starts in half of the time.
    env: { NODE_COMPILE_CACHE: cache, ...process.env },
  });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`scoreline: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal ?? "SIGKILL"] ?? 0);
  });
}
