import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { inspect, parseArgs } from "node:util";
import { COMPILE_CACHE } from "../shared/compile-cache.ts";

/**
 * Runs the tests and closes with the line `N passed, N failed[, N skipped]`.
 * Arguments are globs or files; by default every `*.test.ts` below `test/`, but not those of `test/foreign/`,
 * which fetch what others made: hundreds of megabytes, and Python; nor those of `test/gpu/`, which take
 * minutes without a GPU. `--minutes` is how long a file may take.
 */
const { values, positionals: given } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: "string", default: "30" } },
});
const FILE_MS = Number(values.minutes) * 60_000;
if (!(FILE_MS > 0)) throw new Error(`--minutes ${values.minutes}: a number above 0`);
/** Those that start nothing share a process: on its own, each would import the product again. */
const TOGETHER = ["unit", "sync"];
const files = given.length > 0 ? globSync(given).toSorted() : all();
Object.assign(process.env, COMPILE_CACHE);
// Some load ONNX Runtime themselves, and it is not to call its maker from a test.
process.env["ORT_DISABLE_TELEMETRY"] = "1";
/** Longer than any test may take: a file that says nothing for so long is stuck for good. */
const SILENT_MS = 1.2 * FILE_MS;
const SEEDED = new URL("./support/seeded.ts", import.meta.url).href;
const counts = { passed: 0, failed: 0, skipped: 0 };

const events = run({
  files,
  // Files start real servers and child processes, and wait for them: with one file a core, a quarter of
  // the CPU time was left over.
  concurrency: availableParallelism() + 1,
  // Files end by themselves: forced to, one would lose what it has not reported yet, and tests
  // would be missing from the count. One that keeps a handle open runs into the timeout.
  // On a busy machine a file takes twenty times what it takes alone: seen at a load of 45.
  timeout: FILE_MS,
  // What is drawn at random is drawn again with the seed that a failure printed.
  execArgv: process.env["SEED"] === undefined ? [] : ["--import", SEEDED],
});
events.on("test:pass", ({ details, skip }) => {
  if (details.type === "suite") return;
  if (skip === undefined || skip === false) counts.passed += 1;
  else counts.skipped += 1;
});
events.on("test:fail", ({ name, file, details }) => {
  // A suite fails with its tests, which are counted, or by itself: a hook of it threw.
  const isOfTests =
    "failureType" in details.error && details.error.failureType === "subtestsFailed";
  if (details.type === "suite" && isOfTests) return;
  counts.failed += 1;
  // The report says why at its end only, to which a run that is cut short does not come.
  process.stdout.write(`\n✖ ${name} (${file ?? "?"}): ${inspect(details.error)}\n`);
});
const watchdog = setTimeout(() => {
  process.stdout.write("\na test file neither goes on nor ends\n");
  counts.failed += 1;
  close();
  process.exit(1);
}, SILENT_MS);
events.on("data", () => watchdog.refresh());
events.on("end", () => {
  clearTimeout(watchdog);
  if (files.length === 0) counts.failed += 1;
  process.exitCode = counts.failed > 0 ? 1 : 0;
  setImmediate(close);
});
events.compose(spec).pipe(process.stdout, { end: false });

/** The line by which a run is judged. */
function close(): void {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
  process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
}

/** The longest are among those that try to break it: begun last, one would go on by itself. */
function all(): string[] {
  const exclude = [...TOGETHER, "faults", "integration", "foreign", "gpu"].map(
    (folder) => `test/${folder}/**`,
  );
  return [
    ...globSync("test/faults/**/*.test.ts").toSorted(),
    ...globSync("test/integration/**/*.test.ts").toSorted(),
    ...TOGETHER.map((folder) => `test/${folder}/all.ts`),
    ...globSync("test/**/*.test.ts", { exclude }).toSorted(),
  ];
}
