import { createReadStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { SchemaElement } from "hyparquet";
import { z } from "zod";
import { CommandError } from "../terminal/command.ts";

/** Rows of a row group at most, and characters of lines that are held for one. */
const GROUP_ROWS_MAX = 10_000;
const GROUP_CHARACTERS_MAX = 32 * 1024 * 1024;

type Column = readonly [name: string, type: "text" | "int32" | "time" | "json"];

/** What every line has. */
const COMMON: readonly Column[] = [
  ["id", "text"],
  ["attempt", "int32"],
  ["time", "time"],
  ["endpoint", "text"],
  ["variant", "text"],
  ["model", "text"],
  ["tenant", "text"],
  ["metadata", "json"],
  ["redacted", "json"],
];

/** What lines of a kind have beside it; the kind is the name of their folder. */
const OWN: Readonly<Record<string, readonly Column[]>> = {
  inputs: [
    ["parameters", "json"],
    ["count", "int32"],
    ["input", "json"],
  ],
  predictions: [
    ["status", "text"],
    ["output", "json"],
    ["error", "json"],
    ["metrics", "json"],
  ],
  labels: [["label", "json"]],
};

/** Kinds of files that become Parquet. */
export const kinds: readonly string[] = Object.keys(OWN);

const lineSchema = z.record(z.string(), z.unknown());
type Line = z.infer<typeof lineSchema>;

/**
 * Writes captured lines as Parquet: a column a member, those of any shape as JSON. The file is there when it
 * is whole.
 *
 * @param source lines of JSON @param target is replaced
 * @returns rows
 * @throws {CommandError} for a line that is none
 */
export async function writeParquet(source: string, target: string, kind: string): Promise<number> {
  const columns = [...COMMON, ...(OWN[kind] ?? [])];
  // It is for this command alone: no other waits for its import.
  const { fileWriter, ParquetWriter } = await import("hyparquet-writer");
  const partial = `${target}.partial`;
  const writer = new ParquetWriter({ writer: fileWriter(partial), schema: schemaOf(columns) });
  let rows = 0;
  try {
    for await (const group of groupsOf(source)) {
      const columnData = columns.map((column) => ({
        name: column[0],
        data: dataOf(group, column),
      }));
      await writer.write({ columnData, rowGroupSize: GROUP_ROWS_MAX });
      rows += group.length;
    }
    await writer.finish();
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return rows;
}

async function* groupsOf(source: string): AsyncGenerator<readonly Line[]> {
  let [group, characters, number] = [[] as Line[], 0, 0];
  for await (const text of createInterface({ input: createReadStream(source) })) {
    number += 1;
    group.push(lineOf(text, `${source}, line ${number}`));
    characters += text.length;
    if (group.length < GROUP_ROWS_MAX && characters < GROUP_CHARACTERS_MAX) continue;
    yield group;
    [group, characters] = [[], 0];
  }
  if (group.length > 0) yield group;
}

function lineOf(text: string, where: string): Line {
  try {
    return lineSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CommandError(`${where} is not a JSON object`, { cause });
  }
}

const ELEMENTS = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  int32: { type: "INT32" },
  time: { type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
  json: { type: "BYTE_ARRAY", converted_type: "JSON" },
} as const;

function schemaOf(columns: readonly Column[]): SchemaElement[] {
  const elements = columns.map(([name, type]) => ({
    name,
    ...ELEMENTS[type],
    repetition_type: "OPTIONAL" as const,
  }));
  return [{ name: "root", num_children: columns.length }, ...elements];
}

function dataOf(group: readonly Line[], [name, type]: Column): unknown[] {
  return group.map((line) => {
    const value = line[name] ?? null;
    return type === "time" && typeof value === "string" ? new Date(value) : value;
  });
}
