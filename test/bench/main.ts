import { rmSync } from "node:fs";
import { join } from "node:path";
import { allArms } from "./arms/arms.ts";
import { codeOf } from "./run/code.ts";
import { parseOptions } from "./options.ts";
import { machine } from "./report/machine.ts";
import { Results } from "./report/results.ts";
import { writeDocs, writeReport } from "./report/write.ts";
import { RunRecord } from "./run/record.ts";
import { runRounds } from "./run/rounds.ts";
import { seriesOf } from "./run/series.ts";
import { USAGE } from "./usage.ts";

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) return print(USAGE);
  if (options.isFresh) rmSync(join(options.out, "samples.json"), { force: true });
  const command = ["npm run bench --", ...process.argv.slice(2)].join(" ");
  const code = [codeOf(), ...(options.against === undefined ? [] : [codeOf(options.against)])];
  const head = { machine: [...machine()], commands: [command], code: code.join(" ") };
  const record = RunRecord.open(options.out, head);
  if (!options.isReportOnly) {
    await runRounds(seriesOf(options), { ...options, record, print, signal: onSignal() });
  }
  const titles = Object.fromEntries(allArms(options.against).map((it) => [it.name, it.title]));
  const { out } = options;
  const results = new Results(record.content.entries);
  const reference = options.reference ?? referenceOf(results.arms);
  print(`\n${await writeReport(out, record.content, { titles, reference })}\nin ${out}`);
  if (options.isForDocs) await writeDocs(record.content, { titles, reference });
  if (results.wrong > 0) process.exitCode = 1;
}

/** What others are compared with, most usual first. */
function referenceOf(arms: readonly string[]): string {
  return ["fastapi", "against", "direct"].find((it) => arms.includes(it)) ?? arms[0] ?? "";
}

/** Aborted at the first signal, so that servers are stopped and what is there is reported. */
function onSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      print("stopping");
      process.exitCode = 130;
      controller.abort();
    });
  }
  return controller.signal;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
