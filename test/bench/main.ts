import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { allArms } from "./arms/arms.ts";
import { codeOf } from "./run/code.ts";
import { parseOptions, USAGE, type BenchOptions } from "./options.ts";
import { machine } from "./report/machine.ts";
import { reportOf } from "./report/markdown.ts";
import { Results } from "./report/results.ts";
import { RunRecord } from "./run/record.ts";
import { runRounds, type Series } from "./run/rounds.ts";
import { closed, open } from "./run/serve.ts";

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) return print(USAGE);
  if (options.isFresh) rmSync(join(options.out, "samples.json"), { force: true });
  const command = ["npm run bench --", ...process.argv.slice(2)].join(" ");
  const code = [codeOf(), ...(options.against === undefined ? [] : [codeOf(options.against)])];
  const head = { machine: [...machine()], commands: [command], code: code.join(" ") };
  const record = RunRecord.open(options.out, head);
  if (!options.isReportOnly) {
    await runRounds(seriesOf(options), { ...options, record, print });
  }
  writeReport(record, options);
  if (new Results(record.content.entries).wrong > 0) process.exitCode = 1;
}

/** In the order in which they take turns. */
function seriesOf({ arms, models, clients, rates }: BenchOptions): readonly Series[] {
  const steps = [...clients.map(closed), ...rates.map(open)];
  return models.flatMap((workload) => arms.map((kind) => ({ kind, workload, steps })));
}

function writeReport(record: RunRecord, { out, reference, against }: BenchOptions): void {
  const titles = Object.fromEntries(allArms(against).map(({ name, title }) => [name, title]));
  const report = reportOf(record.content, { titles, reference });
  writeFileSync(join(out, "report.md"), report);
  print(`\n${report}\nin ${join(out, "report.md")}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
