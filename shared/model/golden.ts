import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const caseSchema = z.object({
  name: z.string(),
  /** As in a request; missing where the input is a file. */
  input: z.unknown().optional(),
  /** A path from the version's folder. */
  input_file: z.string().optional(),
  parameters: z.record(z.string(), z.unknown()).default({}),
  output: z.record(z.string(), z.unknown()),
  /** What is right, as items of batches say it; `output` is what the version gives. */
  expected: z.unknown().optional(),
});

const fileSchema = z.object({
  tolerance: z.object({ probability: z.number() }),
  cases: z.array(caseSchema).min(1),
});

/** An input as a client would send it, and what it must give. */
export type GoldenCase = z.infer<typeof caseSchema>;

/** `golden.json` of a version's folder. */
export type GoldenFile = z.infer<typeof fileSchema>;

/**
 * @returns undefined when the folder has none
 * @throws {z.ZodError} when the file is no `golden.json`
 * @throws {SyntaxError} when it is not JSON
 */
export function readGoldenFile(folder: string): GoldenFile | undefined {
  const path = join(folder, "golden.json");
  return existsSync(path) ? fileSchema.parse(JSON.parse(readFileSync(path, "utf8"))) : undefined;
}

/** Goldens are a help, not a part of the model: without usable ones there are none. */
export function usableGoldens(folder: string): readonly GoldenCase[] {
  try {
    return readGoldenFile(folder)?.cases ?? [];
  } catch {
    return [];
  }
}
