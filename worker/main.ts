import { hearSignals } from "../shared/signals.ts";

// First of all, and all else afterwards: what a file imports by a statement is read before its lines.
const signals = hearSignals();
const { runWorker } = await import("./run.ts");
await runWorker(process.env, signals);
