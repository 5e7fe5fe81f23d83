// For NODE_OPTIONS=--import: says on stdout when the process begins to listen for SIGTERM, and which
// of our files it had loaded by then. Only looks.
import { writeSync } from "node:fs";
import { registerHooks } from "node:module";

const loaded = [];
registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith("file:") && !url.includes("node_modules")) loaded.push(url);
    return nextLoad(url, context);
  },
});
process.on("newListener", (name) => {
  if (name !== "SIGTERM") return;
  const line = `${JSON.stringify({ loaded })}\n`;
  // By the next turn of microtasks the listener is there.
  queueMicrotask(() => writeSync(1, line));
});
