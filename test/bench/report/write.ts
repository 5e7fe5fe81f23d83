import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import type { RecordText } from "../run/record.ts";
import { reportOf, type ReportOptions } from "./markdown.ts";
import { plotsOf } from "./plots.ts";
import { Results } from "./results.ts";
import { summaryOf } from "./summary.ts";

const DOCS = "docs";
const PAGE = join(DOCS, "performance.md");
const BEGIN = "<!-- bench: begin -->";
const END = "<!-- bench: end -->";

/** Writes report, summary and plots of a run into its folder. @returns the report */
export async function writeReport(
  folder: string,
  record: RecordText,
  options: ReportOptions,
): Promise<string> {
  const results = new Results(record.entries);
  const report = await format(reportOf(record, options), { parser: "markdown" });
  writeFileSync(join(folder, "report.md"), report);
  const summary = summaryOf(results, options.reference);
  writeFileSync(join(folder, "summary.json"), `${JSON.stringify(summary, null, 1)}\n`);
  for (const [name, plot] of plotsOf(results)) writeFileSync(join(folder, name), plot);
  return report;
}

/** Puts the report of a run into the page on performance, and its plots beside it. */
export async function writeDocs(record: RecordText, options: ReportOptions): Promise<void> {
  const page = readFileSync(PAGE, "utf8");
  const [before, after] = [page.split(BEGIN)[0], page.split(END)[1]];
  if (after === undefined) throw new Error(`${PAGE} has no place for a report`);
  const plots = plotsOf(new Results(record.entries));
  const pictures = [...plots.keys()].map((name) => `![${name}](performance-${name})`);
  const report = [reportOf(record, options), ...pictures].join("\n\n");
  const text = `${before}${BEGIN}\n\n${report}\n\n${END}${after}`;
  writeFileSync(PAGE, await format(text, { parser: "markdown", printWidth: 100 }));
  for (const [name, plot] of plots) writeFileSync(join(DOCS, `performance-${name}`), plot);
}
