import { ScoringError, toProblem } from "../error.ts";
import type { JobMetrics, Outcome } from "../job/outcome.ts";
import type { TerminalStatus } from "../job/view.ts";
import { isBad, type BatchItem } from "./items.ts";

/** Which item of its batch a line is about. */
export interface LinePosition {
  /** From 0, over the whole batch. */
  readonly index: number;
  readonly customId: string | undefined;
  /** Of the batch; said when it is not the first. */
  readonly attempt?: number | undefined;
  /** JSON text of what the output should say; told where it was sent. */
  readonly expected?: string | undefined;
}

/**
 * What became of one item, as one line of JSON. It is made once, where the item ends, and goes out
 * as it is. Index, custom id and status come first, so that `lineHead` can tell them at little cost.
 *
 * @param outcome its body is JSON text @param metrics what `metricsText` says of those of the outcome
 */
export function resultLine(
  position: LinePosition,
  outcome: Outcome,
  metrics = metricsText(outcome.metrics),
): string {
  const { index, customId, attempt = 1, expected } = position;
  const id = customId === undefined ? "null" : JSON.stringify(customId);
  const body = outcome.status === "succeeded" ? "output" : "error";
  const retried = attempt > 1 ? `,"attempt":${attempt}` : "";
  const truth = expected === undefined ? "" : `,"expected":${expected}`;
  return `{"index":${index},"custom_id":${id},"status":"${outcome.status}"${retried},"${body}":${String(outcome.body)}${truth}${metrics}}\n`;
}

/** What differs from item to item; a million lines are kept, and the batch tells its times itself. */
export function metricsText(metrics: JobMetrics | undefined): string {
  if (metrics === undefined) return "";
  const { batch_size, inference_ms } = metrics;
  return `,"metrics":${JSON.stringify({ batch_size, inference_ms })}`;
}

export interface LineHead {
  readonly index: number;
  readonly status: TerminalStatus;
}

const HEAD =
  /^\{"index":(\d+),"custom_id":(?:null|"(?:[^"\\]|\\.)*"),"status":"(succeeded|failed|canceled|expired)"(?:,"attempt":(\d+))?/;

/** @throws when the line was not made by `resultLine` */
export function lineHead(line: string): LineHead {
  const [, index, status] = HEAD.exec(line) ?? [];
  if (index === undefined || status === undefined) throw new TypeError("not a line of results");
  // By the expression above.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { index: Number(index), status: status as TerminalStatus };
}

/** The attempt of the batch in which the item ended so; 1 for what is no line of `resultLine`. */
export function lineAttempt(line: string): number {
  return Number(HEAD.exec(line)?.[3] ?? 1);
}

/** The lines of a chunk, each with its end of line. */
export function splitLines(text: string): readonly string[] {
  return text === ""
    ? []
    : text
        .slice(0, -1)
        .split("\n")
        .map((line) => `${line}\n`);
}

/**
 * The lines of a chunk that was stopped before it ended: items that had succeeded in an earlier
 * attempt keep their lines, the others get one that says what stopped them.
 *
 * @param earlier lines of an earlier attempt, or nothing
 * @param end what stopped it, and in which attempt of the batch
 */
export function stoppedLines(
  items: readonly BatchItem[],
  firstIndex: number,
  earlier: string | undefined,
  { status, attempt }: { readonly status: "canceled" | "expired"; readonly attempt?: number },
): readonly string[] {
  const kept = succeededLines(earlier);
  const body = JSON.stringify(toProblem(STOPPED[status]));
  return items.map((item, i) => {
    const index = firstIndex + i;
    const position = { index, attempt, ...toldOf(item) };
    return kept.get(index) ?? resultLine(position, { status, body, metrics: undefined });
  });
}

/** What the client sent of an item that its line tells as it is. */
export function toldOf(item: BatchItem | undefined): Pick<LinePosition, "customId" | "expected"> {
  const expected = item === undefined || isBad(item) ? undefined : item.expected;
  return { customId: item?.customId, expected };
}

const STOPPED = {
  canceled: new ScoringError("canceled", "The batch ended before this item was scored."),
  expired: new ScoringError(
    "deadline_exceeded",
    "The batch's window ended before this item was scored.",
  ),
} as const;

/** By index: the lines that a retry leaves as they are. */
export function succeededLines(text: string | undefined): ReadonlyMap<number, string> {
  const kept = new Map<number, string>();
  for (const line of splitLines(text ?? "")) {
    const { index, status } = lineHead(line);
    if (status === "succeeded") kept.set(index, line);
  }
  return kept;
}
