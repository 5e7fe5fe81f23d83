import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const lineSchema = z.looseObject({
  id: z.string(),
  attempt: z.int(),
  time: z.iso.datetime(),
  endpoint: z.string(),
  variant: z.string(),
  model: z.string(),
  metadata: z.unknown(),
});

export type CapturedLine = z.infer<typeof lineSchema>;

/** A file below CAPTURE_FOLDER: what it is of, and its lines. */
export interface CapturedFile {
  readonly path: string;
  readonly kind: string;
  readonly lines: readonly CapturedLine[];
}

/** @throws when a line is not whole */
export async function capturedFiles(folder: string): Promise<readonly CapturedFile[]> {
  const entries = await readdir(folder, { recursive: true });
  const paths = entries.filter((path) => path.endsWith(".ndjson")).toSorted();
  return Promise.all(
    paths.map(async (path) => {
      const text = await readFile(join(folder, path), "utf8");
      const rows = text.split("\n").slice(0, -1);
      const lines = rows.map((row) => lineSchema.parse(JSON.parse(row)));
      return { path, kind: path.split("/")[2] ?? "", lines };
    }),
  );
}

export async function capturedLines(folder: string, kind: string): Promise<CapturedLine[]> {
  const files = await capturedFiles(folder);
  return files.filter((file) => file.kind === kind).flatMap(({ lines }) => lines);
}

/** What lines join by. */
export function keysOf(lines: readonly CapturedLine[]): readonly string[] {
  return lines.map(({ id, attempt }) => `${id} ${attempt}`).toSorted();
}
