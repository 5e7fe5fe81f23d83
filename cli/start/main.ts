import { listenForSignals } from "./signals.ts";

// First of all, and all else afterwards: what a file imports by a statement is read before its lines.
const signals = listenForSignals();
const { useCompileCache } = await import("../../shared/compile-cache.ts");
useCompileCache();
const { launch } = await import("./launch.ts");
process.exit(await launch(signals));
