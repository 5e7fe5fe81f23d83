import { z } from "zod";
import { idTimeMs } from "../../shared/id.ts";
import type { SentItem, Source } from "../batch/sent-item.ts";
import { capturedFiles, type CapturedFile } from "../capture/files.ts";
import { rowsOf } from "../capture/rows.ts";
import { CommandError } from "../terminal/command.ts";

/** What is to be replayed. */
export interface Day {
  /** CAPTURE_FOLDER, or what `capture parquet` made of it. */
  readonly folder: string;
  readonly endpoint: string;
  /** Undefined: of all. */
  readonly variant: string | undefined;
  /** In UTC: `2026-11-29`. */
  readonly day: string;
}

/** What became of a day's jobs. */
export interface DayCounts {
  /** Replayed, with so many inputs, and of those so many with a label. */
  jobs: number;
  items: number;
  labeled: number;
  /** Skipped: a member was dropped or hashed; no input was captured; the line is none. */
  redacted: number;
  withoutInput: number;
  unreadable: number;
}

const DAY_MS = 86_400_000;

const headSchema = z.looseObject({
  id: z.string(),
  redacted: z.array(z.string()).nullish(),
});
const inputSchema = headSchema.extend({
  parameters: z.unknown(),
  input: z.unknown(),
  count: z.number().nullish(),
});
const labelSchema = headSchema.extend({ time: z.coerce.date(), label: z.unknown() });

interface Label {
  readonly atMs: number;
  readonly value: unknown;
}

/**
 * The inputs of a day as items that are named by their jobs, each job once, with the last label that came for it as
 * what is expected. Files are read as they are sent; ids of jobs and labels stay in memory.
 *
 * @param counts filled while it is read
 * @throws {CommandError} when nothing of that day is there; while it is read, when nothing of it can be replayed
 */
export async function daySource(day: Day, counts: DayCounts): Promise<Source> {
  const all = await capturedFiles(day.folder, day.endpoint);
  const files = all.filter(({ variant }) => (day.variant ?? variant) === variant);
  const ofDay = (kind: string) => files.filter((it) => it.kind === kind && it.day === day.day);
  if (ofDay("inputs").length + ofDay("predictions").length === 0) {
    throw new CommandError(`${day.folder} has nothing that ${textOf(day)}`);
  }
  const labels = await labelsOf(files, day.day);
  const ids: string[] = [];
  return {
    mediaType: "application/x-ndjson",
    size: {},
    items: itemsOf({ day, inputs: ofDay("inputs"), answers: ofDay("predictions") }, labels, {
      counts,
      ids,
    }),
    place: (number) => `${ids[number - 1]} of ${day.day}`,
  };
}

/** For a person: what was replayed, and what was not, and why. */
export function dayLine(counts: DayCounts): string {
  const { jobs, items, labeled, redacted, withoutInput, unreadable } = counts;
  const skipped = [
    [withoutInput, "whose input was not captured"],
    [redacted, "whose input was dropped or hashed in part"],
    [unreadable, "whose line cannot be read"],
  ].flatMap(([count, why]) => (count === 0 ? [] : [`${count} ${why}`]));
  const told = `${jobs} captured jobs, ${items} inputs, ${labeled} with a label`;
  return skipped.length === 0 ? told : `${told}; skipped: ${skipped.join(", ")}`;
}

function textOf({ endpoint, variant, day }: Day): string {
  return `${endpoint}${variant === undefined ? "" : `'s ${variant}`} captured on ${day}`;
}

/** Labels come later, also days later. Of jobs that are younger than the day none is kept. */
async function labelsOf(
  files: readonly CapturedFile[],
  day: string,
): Promise<ReadonlyMap<string, Label>> {
  const endMs = Date.parse(day) + DAY_MS;
  const labels = new Map<string, Label>();
  for (const { path } of files.filter((it) => it.kind === "labels" && it.day >= day)) {
    for await (const rows of rowsOf(path)) {
      for (const row of rows) {
        const { data } = labelSchema.safeParse(row);
        if (data === undefined || isTouched(data, "label") || idTimeMs(data.id) >= endMs) continue;
        const label = { atMs: data.time.getTime(), value: data.label };
        if ((labels.get(data.id)?.atMs ?? 0) <= label.atMs) labels.set(data.id, label);
      }
    }
  }
  return labels;
}

interface DayFiles {
  readonly day: Day;
  readonly inputs: readonly CapturedFile[];
  readonly answers: readonly CapturedFile[];
}

interface Told {
  readonly counts: DayCounts;
  /** Of the job of each item. */
  readonly ids: string[];
}

async function* itemsOf(
  { day, inputs, answers }: DayFiles,
  labels: ReadonlyMap<string, Label>,
  { counts, ids }: Told,
): AsyncGenerator<readonly SentItem[]> {
  const seen = new Set<string>();
  for (const { path } of inputs) {
    for await (const rows of rowsOf(path)) {
      const items: SentItem[] = [];
      for (const row of rows) {
        const { data } = inputSchema.safeParse(row);
        if (data === undefined) counts.unreadable += 1;
        // A retry, or written twice.
        if (data === undefined || seen.has(data.id)) continue;
        seen.add(data.id);
        if (isTouched(data, "input") || isTouched(data, "parameters")) {
          counts.redacted += 1;
          continue;
        }
        const label = labels.get(data.id);
        for (const item of itemsOfJob(data, label?.value)) {
          ids.push(data.id);
          counts.items += 1;
          if (item.expected !== undefined) counts.labeled += 1;
          const bytes = Buffer.from(`${JSON.stringify(item)}\n`);
          items.push({ bytes, number: counts.items, lines: 1 });
        }
        counts.jobs += 1;
      }
      yield items;
    }
  }
  for (const { path } of answers) {
    for await (const rows of rowsOf(path)) {
      for (const row of rows) {
        const { data } = headSchema.safeParse(row);
        if (data === undefined || seen.has(data.id)) continue;
        seen.add(data.id);
        counts.withoutInput += 1;
      }
    }
  }
  if (counts.items === 0) {
    throw new CommandError(`nothing that ${textOf(day)} can be replayed: ${dayLine(counts)}`);
  }
}

interface Item {
  readonly custom_id: string;
  readonly input: unknown;
  readonly parameters: unknown;
  readonly expected: unknown;
}

/** One, or one for each input of a list. */
function itemsOfJob(
  { id, parameters, input, count }: z.infer<typeof inputSchema>,
  label: unknown,
): readonly Item[] {
  const own = parameters ?? undefined;
  if (typeof count !== "number" || !Array.isArray(input)) {
    return [{ custom_id: id, input, parameters: own, expected: label }];
  }
  const truths: readonly unknown[] = Array.isArray(label) ? label : [];
  return input.map((one: unknown, i) => ({
    custom_id: `${id}/${i}`,
    input: one,
    parameters: own,
    expected: truths[i],
  }));
}

/** Whether something of a member was dropped or hashed. */
function isTouched({ redacted }: z.infer<typeof headSchema>, member: string): boolean {
  return redacted?.some((path) => path.split(".")[0] === member) ?? false;
}
