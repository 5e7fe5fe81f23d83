import type { RecordText } from "../run/record.ts";
import { changeTable } from "./change-table.ts";
import { headlineTable } from "./headlines.ts";
import { Results } from "./results.ts";
import { closedTable, markdownTable, openTable, otherTable, type Table } from "./tables.ts";

export interface ReportOptions {
  /** What each arm is, by its name. */
  readonly titles: Readonly<Record<string, string>>;
  /** Arm that ratios are to. */
  readonly reference: string;
}

/** The whole report of a run, finished or not. */
export function reportOf(record: RecordText, options: ReportOptions): string {
  const results = new Results(record.entries);
  const parts = [
    ...intro(record, results, options),
    section("Headlines", headlineTable(results)),
    ...results.workloads.flatMap((workload) => [
      section(`Closed loop, ${workload}`, closedTable(results, workload, options.reference)),
      section(`This checkout ÷ the other, ${workload}`, changesOf(results, workload)),
      section(`Open loop, ${workload}`, openTable(results, workload)),
    ]),
    section("Queues, batches and bounds", otherTable(results)),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function intro(
  { machine, commands, failures }: RecordText,
  results: Results,
  { titles, reference }: ReportOptions,
): readonly string[] {
  const arms = results.arms.map((arm) => `- \`${arm}\`: ${titles[arm] ?? "of an earlier run"}`);
  const wrong = [
    `Wrong answers: ${results.wrong}.`,
    ...results.examples.slice(0, 10).map((it) => `- ${it}`),
  ];
  return [
    `${machine.join("  \n")}  \n${results.rounds} rounds; medians over them, in brackets the least and the most. Ratios are medians of the rounds' ratios to \`${reference}\`.`,
    commands.map((command) => `    ${command}`).join("\n"),
    arms.join("\n"),
    failures.map(({ arm, reason }) => `**${arm} could not be measured:** ${reason}`).join("\n\n"),
    wrong.join("\n"),
  ];
}

function changesOf(results: Results, workload: string): Table {
  return results.arms.includes("against") ? changeTable(results, workload) : [];
}

function section(title: string, table: Table): string {
  return table.length < 2 ? "" : `### ${title}\n\n${markdownTable(table)}`;
}
