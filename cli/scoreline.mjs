#!/usr/bin/env node
// `npx scoreline`: starts cli/main.ts with the Node that set-up installed. Plain JavaScript without
// dependencies: whatever Node the person has runs it, also before set-up.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runNode } from "./setup/run-node.mjs";

const node = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
const cache = fileURLToPath(new URL("../.cache/compile", import.meta.url));
const main = fileURLToPath(new URL("main.ts", import.meta.url));

if (existsSync(node)) {
  // As shared/compile-cache.ts has it: a command then starts in half of the time.
  runNode(node, [main, ...process.argv.slice(2)], { NODE_COMPILE_CACHE: cache, ...process.env });
} else {
  process.stderr.write("scoreline: set-up has not been done here. Run: npm run setup\n");
  process.exitCode = 1;
}
