import { hearSignals } from "../shared/signals.ts";

// First of all, and all else afterwards: what a file imports by a statement is read before its lines.
const signals = hearSignals();
const { useCompileCache } = await import("../shared/compile-cache.ts");
useCompileCache();
const { runGateway } = await import("./run.ts");
await runGateway(process.env, signals);
