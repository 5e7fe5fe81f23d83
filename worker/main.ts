import { hearSignals } from "../shared/signals.ts";

// First of all, and all else afterwards: what a file imports by a statement is read before its lines.
const signals = hearSignals();
const { useCompileCache } = await import("../shared/compile-cache.ts");
useCompileCache();
// It imports what it needs while this process does.
const { startFirstRunner } = await import("./score/first-runner.ts");
const runners = startFirstRunner(process.env);
const { runWorker } = await import("./run.ts");
await runWorker(process.env, signals, runners);
