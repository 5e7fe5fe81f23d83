import { isOver, type Batch } from "./batch.ts";
import { timeText } from "./progress-text.ts";
import { show } from "../terminal/show.ts";
import { quoted } from "../../gateway/page/browser/call/quote.ts";
import type { Arguments, Shell } from "../terminal/command.ts";

/** A batch has ended, and not all of its items have succeeded. */
export const NOT_ALL_SUCCEEDED = 3;

/** Exit code of a command that has seen a batch's end. */
export function exitCodeOf({ outcome }: Batch): number {
  return outcome === "all_succeeded" ? 0 : NOT_ALL_SUCCEEDED;
}

/** Prints a batch: as JSON with `--json`, else for a person. */
export function printBatch(batch: Batch, given: Arguments, shell: Shell): void {
  show(batch, batchLines(batch, given), given, shell);
}

/** A command as a person would type it, for the same gateway. */
export function commandText(words: readonly string[], { flags }: Arguments): string {
  const { url } = flags;
  const all = ["npx", "scoreline", ...words];
  return [...all, ...(typeof url === "string" ? ["--url", url] : [])].map(quoted).join(" ");
}

function batchLines(batch: Batch, given: Arguments): readonly string[] {
  const { id, status, outcome, model, attempt } = batch;
  const how = outcome === null ? "" : `, ${outcome.replaceAll("_", " ")}`;
  const again = attempt > 1 ? `, attempt ${attempt}` : "";
  return [
    `${id}  ${status.replaceAll("_", " ")}${how}${again}`,
    `model    ${model}`,
    `items    ${countsText(batch)}`,
    `created  ${batch.created_at}`,
    ...timeLines(batch),
    ...errorLines(batch),
    ...nextLines(batch, given),
  ];
}

/** `178: 175 succeeded, 3 failed`. */
export function countsText({ counts }: Batch): string {
  const { total, ...rest } = counts;
  const parts = Object.entries(rest).filter(([, count]) => count > 0);
  return `${total}: ${parts.map(([name, count]) => `${count} ${name}`).join(", ") || "none yet"}`;
}

function timeLines({ started_at: started, completed_at: ended, expires_at: expires }: Batch) {
  const ran = started === null || ended === null ? NaN : Date.parse(ended) - Date.parse(started);
  return [
    ...(Number.isNaN(ran) ? [] : [`scored   in ${timeText(ran)}`]),
    ...(expires === null ? [] : [`kept     until ${expires}`]),
  ];
}

function errorLines({ error }: Batch): readonly string[] {
  if (typeof error !== "object" || error === null || !("detail" in error)) return [];
  return [`error    ${String(error.detail)}`];
}

/** What a person may want to do now. */
function nextLines(batch: Batch, given: Arguments): readonly string[] {
  const { id, status, counts } = batch;
  const line = (what: string, ...words: readonly string[]): string =>
    `${what.padEnd(8)} ${commandText(["batch", ...words], given)}`;
  if (status === "validating") {
    return [line("go on", "submit", "FILE", "--resume", id), line("give up", "cancel", id)];
  }
  if (!isOver(batch) || counts.succeeded === counts.total) return [];
  const failed = counts.failed > 0 ? ["--status", "failed"] : [];
  return [line("why", "results", id, ...failed), line("again", "retry", id, "--wait")];
}
